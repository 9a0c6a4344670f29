import { Button, Group, Stack, TextInput } from '@mantine/core';
import type { rewardsAnswer, summaryAnswer } from '@referral/contracts';
import { type FormEvent, useState } from 'react';
import { useSearchParams } from 'wouter';
import type { z } from 'zod';
import { Typed } from '../../names.tsx';
import { Empty } from '../../states.tsx';
import { Answered } from '../answered.tsx';
import { Pager, usePaging } from '../paging.tsx';
import { Section } from '../section.tsx';
import { PageTitle } from '../shell.tsx';
import { Stats } from '../stats.tsx';
import { DataTable } from '../table.tsx';
import { useApi, useDashboard } from '../tenant.ts';
import { Balance } from './balance.tsx';
import { Totals } from './totals.tsx';

type Summary = z.infer<typeof summaryAnswer>;
type Rewards = z.infer<typeof rewardsAnswer>;

export default function LoyaltyPage() {
  const { formats } = useDashboard();
  const [params, setParams] = useSearchParams();
  const customer = params.get('customer') ?? undefined;
  const summary = useApi<Summary>('/api/loyalty/referrals/summary', {}, { everyMs: 15_000 });
  return (
    <Stack gap="md">
      <PageTitle>Rewards</PageTitle>
      <Answered query={summary} what="The totals" height={110}>
        {({ rewards: { issued, reversed } }) => (
          <Stats
            cols={2}
            stats={[
              { label: 'Rewards issued, all time', value: formats.count(issued) },
              { label: 'Rewards taken back, all time', value: formats.count(reversed) },
            ]}
          />
        )}
      </Answered>
      <Totals />
      <CustomerPicker
        key={customer ?? ''}
        customer={customer ?? ''}
        onChoose={(id) => setParams(id === '' ? {} : { customer: id })}
      />
      {customer !== undefined && <Balance customer={customer} />}
      <RewardList customer={customer} />
    </Stack>
  );
}

/** By the whole id: the API knows rewards by nothing else. */
function CustomerPicker({
  customer,
  onChoose,
}: {
  readonly customer: string;
  readonly onChoose: (id: string) => void;
}) {
  const [typed, setTyped] = useState(customer);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onChoose(typed.trim());
  };
  return (
    <form onSubmit={submit} aria-label="Rewards of one customer">
      <Group align="end" gap="sm">
        <TextInput
          label="Customer id"
          value={typed}
          onChange={({ currentTarget: { value } }) => setTyped(value)}
          maxLength={128}
        />
        <Button type="submit" variant="default">
          Show
        </Button>
        {customer !== '' && (
          <Button variant="subtle" onClick={() => onChoose('')}>
            Show all customers
          </Button>
        )}
      </Group>
    </form>
  );
}

const kindWords = { referral: 'Referral', milestone: 'Milestone bonus', earning_rule: 'Earning rule' } as const;
const sideWords = { referrer: 'Referrer', referee: 'New customer' } as const;

function RewardList({ customer }: { readonly customer: string | undefined }) {
  const { formats } = useDashboard();
  const paging = usePaging(customer ?? '');
  const query = { customer_id: customer, limit: '25', cursor: paging.cursor };
  const rewards = useApi<Rewards>('/api/rewards', query, { keep: true });
  return (
    <Section title={customer === undefined ? 'Rewards, the newest first' : 'Rewards of this customer'}>
      <Answered query={rewards} what="The rewards" height={480}>
        {({ data, next_cursor }) =>
          data.length === 0 && paging.page === 1 ? (
            <Empty title="No reward was issued yet" />
          ) : (
            <Stack gap="sm">
              <DataTable
                caption="Rewards"
                rows={data}
                keyOf={({ id }) => id}
                columns={[
                  { header: 'Customer', cell: ({ customer_id }) => <Typed>{customer_id}</Typed> },
                  { header: 'As', cell: ({ side }) => sideWords[side] },
                  { header: 'For', cell: ({ kind }) => kindWords[kind] },
                  { header: 'Reward', cell: (reward) => formats.reward(reward) },
                  { header: 'Issued', cell: ({ issued_at }) => formats.moment(issued_at) },
                  {
                    header: 'Status',
                    cell: ({ status, reversed_at }) =>
                      status === 'issued'
                        ? 'Issued'
                        : `Taken back${reversed_at === undefined ? '' : `, ${formats.moment(reversed_at)}`}`,
                  },
                ]}
              />
              <Pager of="rewards" paging={paging} nextCursor={next_cursor} />
            </Stack>
          )
        }
      </Answered>
    </Section>
  );
}
