import { Stack, Text } from '@mantine/core';
import { Typed } from '../../names.tsx';
import { Empty } from '../../states.tsx';
import { Answered } from '../answered.tsx';
import { Pager, usePaging } from '../paging.tsx';
import { Section } from '../section.tsx';
import { DataTable } from '../table.tsx';
import { useApi, useDashboard } from '../tenant.ts';
import { type Leaderboard, type Referrals, refreshMs } from './answers.ts';

const pageSize = '10';
const mostRows = '200';

/** Of all time: the API keeps no other. */
export function LeaderboardTable() {
  const { formats } = useDashboard();
  const paging = usePaging('leaderboard');
  const leaderboard = useApi<Leaderboard>(
    '/api/loyalty/referrals/leaderboard',
    { limit: pageSize, cursor: paging.cursor },
    { everyMs: refreshMs, keep: true },
  );
  const names = useKnownNames();
  return (
    <Section title="Leaderboard, all time">
      <Answered query={leaderboard} what="The leaderboard" height={300}>
        {({ data, next_cursor }) =>
          data.length === 0 ? (
            <Empty title="Nobody has brought a customer yet" />
          ) : (
            <Stack gap="sm">
              <DataTable
                caption="Leaderboard"
                rows={data}
                keyOf={({ referrer_customer_id }) => referrer_customer_id}
                columns={[
                  { header: 'Rank', cell: ({ rank }) => formats.count(rank) },
                  {
                    header: 'Referrer',
                    cell: ({ referrer_customer_id: id }) => <Person name={names.get(id)} id={id} />,
                  },
                  { header: 'Conversions', cell: ({ conversions }) => formats.count(conversions), isNumber: true },
                  { header: 'Revenue', cell: ({ revenue }) => formats.amounts(revenue), isNumber: true },
                ]}
              />
              <Pager of="the leaderboard" paging={paging} nextCursor={next_cursor} />
            </Stack>
          )
        }
      </Answered>
    </Section>
  );
}

/** Analytics knows no names. The service that does names the people of the latest conversions; others stay ids. */
function useKnownNames(): ReadonlyMap<string, string> {
  const { data: referrals } = useApi<Referrals>('/api/referrals', { status: 'converted', limit: mostRows });
  const names = new Map<string, string>();
  for (const { referrer_customer_id: id, referrer_name: name } of referrals?.data ?? []) {
    if (name !== null) names.set(id, name);
  }
  return names;
}

function Person({ name, id }: { readonly name: string | undefined; readonly id: string }) {
  return (
    <>
      <Typed>{name ?? id}</Typed>
      {name !== undefined && (
        <Text size="xs" c="dimmed">
          <bdi>{id}</bdi>
        </Text>
      )}
    </>
  );
}
