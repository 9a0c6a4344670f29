import { Stack, Tabs } from '@mantine/core';
import { useSearchParams } from 'wouter';
import { PageTitle } from '../shell.tsx';
import { ReferralList } from './referral-list.tsx';
import { RefusedList } from './refused-list.tsx';
import { StoryDrawer } from './story.tsx';

const refused = 'refused';

export default function CustomersPage() {
  const [params, setParams] = useSearchParams();
  const tab = params.get('tab') === refused ? refused : 'referrals';
  return (
    <Stack gap="md">
      <PageTitle>Referrals</PageTitle>
      <Tabs
        value={tab}
        onChange={(value) => setParams(value === refused ? { tab: refused } : {}, { replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="referrals">Referrals</Tabs.Tab>
          <Tabs.Tab value={refused}>Refused attempts</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="referrals">
          <ReferralList />
        </Tabs.Panel>
        <Tabs.Panel value={refused}>
          <RefusedList />
        </Tabs.Panel>
      </Tabs>
      <StoryDrawer />
    </Stack>
  );
}
