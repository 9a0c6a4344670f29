import { Accordion, Badge, Code, DataList, Drawer, List, Stack, Text, Timeline, Title } from '@mantine/core';
import type { referralAnswer } from '@referral/contracts';
import { useSearchParams } from 'wouter';
import type { z } from 'zod';
import { Typed } from '../../names.tsx';
import { Answered } from '../answered.tsx';
import { decisionInWords, refusalInWords } from '../decision-words.ts';
import { StatusBadge } from '../status.tsx';
import { useApi, useDashboard } from '../tenant.ts';
import { channelWords } from '../words.ts';

type Story = z.infer<typeof referralAnswer>;

/** The referral that the address names, beside the list. */
export function StoryDrawer() {
  const [params, setParams] = useSearchParams();
  const id = params.get('referral');
  const close = () =>
    setParams((open) => {
      open.delete('referral');
      return open;
    });
  return (
    <Drawer.Root opened={id !== null} onClose={close} position="right" size="lg">
      <Drawer.Overlay />
      <Drawer.Content>
        {/* A header outside of a section would be that of the whole page. */}
        <Drawer.Header role="presentation">
          <Drawer.Title>The story of a referral</Drawer.Title>
          <Drawer.CloseButton aria-label="Close" />
        </Drawer.Header>
        <Drawer.Body>{id !== null && <Loaded id={id} />}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Loaded({ id }: { readonly id: string }) {
  const story = useApi<Story>(`/api/referrals/${encodeURIComponent(id)}`);
  return (
    <Answered query={story} what="The referral" height={480}>
      {(referral) => (
        <Stack gap="lg">
          <Facts referral={referral} />
          <Decisions decisions={referral.decisions} />
          {referral.reminders.length > 0 && <Reminders reminders={referral.reminders} />}
          {referral.refusals.length > 0 && <Refusals refusals={referral.refusals} />}
        </Stack>
      )}
    </Answered>
  );
}

function Facts({ referral }: { readonly referral: Story }) {
  const { formats } = useDashboard();
  const facts = [
    ['Referrer', <Typed key="name">{referral.referrer_name ?? referral.referrer_customer_id}</Typed>],
    ['New customer', <Typed key="name">{referral.referee_name ?? referral.referee_customer_id}</Typed>],
    ['Status', <StatusBadge key="status" status={referral.status} />],
    ['Came through', channelWords[referral.channel]],
    ['Code', <Typed key="code">{referral.code}</Typed>],
    ['Began', formats.moment(referral.created_at)],
    ['Converted', referral.converted_at === null ? 'Not yet' : formats.moment(referral.converted_at)],
    ['Can convert until', formats.moment(referral.conversion_ends_at)],
    ['Terms', `Version ${formats.count(referral.program_version)} of the programme`],
  ] as const;
  return (
    <DataList labelWidth={130}>
      {facts.map(([label, value]) => (
        <DataList.Item key={label}>
          <DataList.ItemLabel>{label}</DataList.ItemLabel>
          <DataList.ItemValue>{value}</DataList.ItemValue>
        </DataList.Item>
      ))}
    </DataList>
  );
}

function Decisions({ decisions }: Pick<Story, 'decisions'>) {
  const { formats } = useDashboard();
  return (
    <section>
      <Title order={3} size="h5" mb="sm">
        What was decided, and why
      </Title>
      <Timeline bulletSize={14} lineWidth={2} active={decisions.length}>
        {decisions.map((decision) => {
          const { verdict, why } = decisionInWords(decision, formats);
          return (
            <Timeline.Item key={decision.id} title={verdict}>
              <Text size="xs" c="dimmed">
                <time dateTime={decision.at}>{formats.moment(decision.at)}</time>
              </Text>
              <Text size="sm">{why}</Text>
              <RawValues label={verdict} values={decision} />
            </Timeline.Item>
          );
        })}
      </Timeline>
    </section>
  );
}

/** For whoever has to look into it: everything as it was recorded. */
function RawValues({ label, values }: { readonly label: string; readonly values: object }) {
  return (
    <Accordion variant="default" chevronPosition="left" order={4}>
      <Accordion.Item value="raw">
        <Accordion.Control fz="xs" aria-label={`Recorded values of: ${label}`}>
          Recorded values
        </Accordion.Control>
        <Accordion.Panel>
          <Code block tabIndex={0} className="raw">
            {JSON.stringify(values, null, 2)}
          </Code>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}

const reminderWords = {
  due: 'will be sent then',
  told: 'was asked for',
  dropped: 'was left out: it was more than a day late',
} as const;

function Reminders({ reminders }: Pick<Story, 'reminders'>) {
  const { formats } = useDashboard();
  return (
    <section>
      <Title order={3} size="h5" mb="sm">
        Reminders
      </Title>
      <List size="sm">
        {reminders.map(({ after_hours, due_at, status }) => (
          <List.Item key={after_hours}>
            After {formats.seconds(after_hours * 3_600)} ({formats.moment(due_at)}): {reminderWords[status]}
          </List.Item>
        ))}
      </List>
    </section>
  );
}

function Refusals({ refusals }: Pick<Story, 'refusals'>) {
  const { formats } = useDashboard();
  return (
    <section>
      <Title order={3} size="h5" mb="sm">
        Attempts of this customer that came to nothing
      </Title>
      <Stack gap="sm">
        {refusals.map((refusal) => (
          <div key={`${refusal.source} ${refusal.event_id}`}>
            <Text size="xs" c="dimmed">
              {formats.moment(refusal.at)}
            </Text>
            <Text size="sm">
              {refusal.code !== undefined && <Badge variant="default">{refusal.code}</Badge>}{' '}
              {refusalInWords(refusal.reason)}
            </Text>
            <RawValues label={refusal.reason} values={refusal} />
          </div>
        ))}
      </Stack>
    </section>
  );
}
