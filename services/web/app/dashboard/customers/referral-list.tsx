import { Anchor, Group, NativeSelect, Stack, Text } from '@mantine/core';
import type { referralsAnswer } from '@referral/contracts';
import { useSearchParams } from 'wouter';
import type { z } from 'zod';
import { Empty } from '../../states.tsx';
import { Answered } from '../answered.tsx';
import { Pager, usePaging } from '../paging.tsx';
import { StatusBadge } from '../status.tsx';
import { DataTable } from '../table.tsx';
import { useApi, useDashboard } from '../tenant.ts';
import { channelWords, statusWords } from '../words.ts';
import { Person } from './person.tsx';

type Referrals = z.infer<typeof referralsAnswer>;
type Referral = Referrals['data'][number];

/** A withdrawn referral is in no list. */
const statuses = ['attributed', 'converted', 'reversed', 'expired', 'rejected'] as const;

export function ReferralList() {
  const [params, setParams] = useSearchParams();
  const status = statuses.find((one) => one === params.get('status'));
  const paging = usePaging(status ?? 'all');
  const referrals = useApi<Referrals>('/api/referrals', { status, limit: '25', cursor: paging.cursor }, { keep: true });
  return (
    <Stack gap="md">
      <Group>
        <NativeSelect
          label="Status"
          value={status ?? ''}
          onChange={({ currentTarget: { value } }) =>
            setParams(value === '' ? {} : { status: value }, { replace: true })
          }
          data={[{ value: '', label: 'All' }, ...statuses.map((value) => ({ value, label: statusWords[value] }))]}
        />
      </Group>
      <Answered query={referrals} what="The referrals" height={480}>
        {({ data, next_cursor }) =>
          data.length === 0 && paging.page === 1 ? (
            <Empty title={status ? `No referral is ${statusWords[status].toLowerCase()}` : 'No referrals yet'}>
              {!status && 'As soon as a new customer comes with a code or through a link, the referral appears here.'}
            </Empty>
          ) : (
            <Stack gap="sm">
              <Rows data={data} />
              <Pager of="referrals" paging={paging} nextCursor={next_cursor} />
            </Stack>
          )
        }
      </Answered>
    </Stack>
  );
}

function Rows({ data }: Pick<Referrals, 'data'>) {
  const { formats } = useDashboard();
  return (
    <DataTable
      caption="Referrals, the newest first"
      rows={data}
      keyOf={({ id }) => id}
      columns={[
        {
          header: 'Referrer',
          cell: ({ referrer_name: name, referrer_email: email, referrer_customer_id: id }) => (
            <Person name={name} email={email} id={id} />
          ),
        },
        {
          header: 'New customer',
          cell: ({ referee_name: name, referee_email: email, referee_customer_id: id }) => (
            <Person name={name} email={email} id={id} />
          ),
        },
        { header: 'Created', cell: ({ created_at }) => formats.moment(created_at) },
        { header: 'Channel', cell: ({ channel }) => channelWords[channel] },
        { header: 'Status', cell: ({ status }) => <StatusBadge status={status} /> },
        { header: 'Rewards', cell: ({ rewards_applied }) => <Rewards rewards={rewards_applied} /> },
        { header: 'Reasons', cell: (referral) => <OpenStory referral={referral} /> },
      ]}
    />
  );
}

function Rewards({ rewards: { referrer, referee } }: { readonly rewards: Referral['rewards_applied'] }) {
  const { formats } = useDashboard();
  if (!referrer && !referee) return <Text inherit>None</Text>;
  return (
    <>
      {referrer && <div>Referrer: {formats.reward(referrer)}</div>}
      {referee && <div>New customer: {formats.reward(referee)}</div>}
    </>
  );
}

function OpenStory({ referral: { id, referee_name, referee_customer_id } }: { readonly referral: Referral }) {
  const [, setParams] = useSearchParams();
  return (
    <Anchor
      component="button"
      type="button"
      size="sm"
      aria-label={`Why? The story of ${referee_name ?? referee_customer_id}`}
      onClick={() =>
        setParams((params) => {
          params.set('referral', id);
          return params;
        })
      }
    >
      Why?
    </Anchor>
  );
}
