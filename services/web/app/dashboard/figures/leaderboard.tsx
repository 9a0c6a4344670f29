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

export function LeaderboardTable({ query }: { readonly query: Readonly<Record<string, string>> }) {
  const { formats } = useDashboard();
  const paging = usePaging(JSON.stringify(query));
  const leaderboard = useApi<Leaderboard>(
    '/api/loyalty/referrals/leaderboard',
    { ...query, limit: pageSize, cursor: paging.cursor },
    { everyMs: refreshMs, keep: true },
  );
  const isOfAllTime = Object.keys(query).length === 0;
  return (
    <Section title={isOfAllTime ? 'Leaderboard, all time' : 'Leaderboard'}>
      <Answered query={leaderboard} what="The leaderboard" height={300}>
        {({ data, next_cursor, complete = true }) =>
          data.length === 0 && complete ? (
            <Empty title={isOfAllTime ? 'Nobody has brought a customer yet' : 'Nobody in this period'} />
          ) : (
            <Stack gap="sm">
              {!complete && <Incomplete />}
              <DataTable
                caption="Leaderboard"
                rows={data}
                keyOf={({ referrer_customer_id }) => referrer_customer_id}
                columns={[
                  { header: 'Rank', cell: ({ rank }) => formats.count(rank) },
                  {
                    header: 'Referrer',
                    cell: ({ referrer_customer_id: id }) => <Referrer id={id} />,
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

function Incomplete() {
  return (
    <Text size="sm" c="dimmed" role="status">
      This list is not complete: too many customers are too close to each other in this period. Only those whose rank is
      certain are shown. A whole month, or all time, tells more.
    </Text>
  );
}

/** Analytics knows no names: the service that does is asked for a referral of this one. */
function Referrer({ id }: { readonly id: string }) {
  const { data: referrals } = useApi<Referrals>('/api/referrals', { q: id, limit: '1' });
  const name = referrals?.data.find(({ referrer_customer_id }) => referrer_customer_id === id)?.referrer_name;
  return (
    <>
      <Typed>{name ?? id}</Typed>
      {name && (
        <Text size="xs" c="dimmed">
          <bdi>{id}</bdi>
        </Text>
      )}
    </>
  );
}
