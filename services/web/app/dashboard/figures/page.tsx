import { Grid, Stack, Text } from '@mantine/core';
import { useSearchParams } from 'wouter';
import { Answered } from '../answered.tsx';
import { rangeQuery, readRange } from '../range.ts';
import { PageTitle } from '../shell.tsx';
import { Stats } from '../stats.tsx';
import { useApi, useDashboard } from '../tenant.ts';
import { refreshMs, type Summary } from './answers.ts';
import { ChannelBreakdown } from './channels.tsx';
import { ExportButton } from './export.tsx';
import { FunnelChart } from './funnel.tsx';
import { LeaderboardTable } from './leaderboard.tsx';
import { LiveFeed } from './live.tsx';
import { RangePicker } from './range-picker.tsx';
import { TrendChart } from './trend.tsx';

export default function FiguresPage() {
  const { formats } = useDashboard();
  const [params] = useSearchParams();
  const { preset, range } = readRange(params, new Date(), formats.timeZone);
  const query = rangeQuery(range);
  const asked = { everyMs: refreshMs, keep: true };
  const allTime = useApi<Summary>('/api/loyalty/referrals/summary', {}, asked);
  const ofPeriod = useApi<Summary>('/api/loyalty/referrals/summary', query, asked);
  return (
    <Stack gap="md">
      <PageTitle beside={<ExportButton query={query} />}>Figures</PageTitle>
      <Answered query={allTime} what="The totals" height={150}>
        {(summary) => (
          <Stack gap="xs">
            <Stats
              cols={2}
              stats={[
                { label: 'Referrals, all time', value: formats.count(summary.referrals.total) },
                { label: 'Referrals this month', value: formats.count(summary.referrals.this_month) },
              ]}
            />
            <AsOf summary={summary} />
          </Stack>
        )}
      </Answered>
      <RangePicker preset={preset} range={range} />
      <Answered query={ofPeriod} what="The figures" height={330}>
        {(summary) => <PeriodStats summary={summary} />}
      </Answered>
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <TrendChart range={range} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <FunnelChart summary={ofPeriod} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack gap="md">
            <ChannelBreakdown query={query} />
            <LeaderboardTable query={query} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <LiveFeed />
        </Grid.Col>
      </Grid>
    </Stack>
  );
}

function AsOf({ summary: { as_of, lag_events } }: { readonly summary: Summary }) {
  const { formats } = useDashboard();
  return (
    <Text c="dimmed" size="sm" role="status">
      As of {formats.time(as_of)} ({formats.timeZone}):{' '}
      {lag_events === 0
        ? 'everything is counted'
        : `${formats.count(lag_events)} ${lag_events === 1 ? 'event is' : 'events are'} still to be counted`}
    </Text>
  );
}

function PeriodStats({ summary }: { readonly summary: Summary }) {
  const { formats } = useDashboard();
  const { referrals, conversion_rate, revenue, rewards } = summary;
  return (
    <Stats
      stats={[
        { label: 'Referrals', value: formats.count(referrals.total) },
        {
          label: 'Conversion rate',
          value: formats.rate(conversion_rate),
          hint: `${formats.count(referrals.converted)} converted`,
        },
        { label: 'Revenue from referred customers', value: formats.amounts(revenue) },
        {
          label: 'Rewards issued',
          value: formats.count(rewards.issued),
          hint: `${formats.count(rewards.reversed)} taken back`,
        },
        { label: 'Pending', value: formats.count(referrals.pending) },
        { label: 'Expired', value: formats.count(referrals.expired) },
        { label: 'Reversed', value: formats.count(referrals.reversed) },
        { label: 'Over a limit', value: formats.count(referrals.rejected) },
      ]}
    />
  );
}
