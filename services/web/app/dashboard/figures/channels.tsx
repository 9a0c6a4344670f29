import { BarChart } from '@mantine/charts';
import { Stack } from '@mantine/core';
import { Empty } from '../../states.tsx';
import { Answered } from '../answered.tsx';
import { Section } from '../section.tsx';
import { DataTable } from '../table.tsx';
import { useApi, useDashboard } from '../tenant.ts';
import { channelWords } from '../words.ts';
import { type Channels, refreshMs } from './answers.ts';

export function ChannelBreakdown({ query }: { readonly query: Readonly<Record<string, string>> }) {
  const channels = useApi<Channels>('/api/loyalty/referrals/channels', query, { everyMs: refreshMs, keep: true });
  return (
    <Section title="Channels">
      <Answered query={channels} what="The channels" height={300}>
        {({ data }) => (data.length === 0 ? <Empty title="Nothing yet in this period" /> : <Breakdown data={data} />)}
      </Answered>
    </Section>
  );
}

function Breakdown({ data }: { readonly data: Channels['data'] }) {
  const { formats } = useDashboard();
  const rows = data.map((row) => ({ ...row, name: channelWords[row.channel] }));
  return (
    <Stack gap="md">
      <div role="img" aria-label="Chart: clicks, referrals and conversions per channel">
        <BarChart
          h={240}
          data={rows}
          dataKey="name"
          series={[
            { name: 'clicks', label: 'Clicks', color: 'orange.7' },
            { name: 'referrals', label: 'Referrals', color: 'blue.6' },
            { name: 'converted', label: 'Converted', color: 'teal.7' },
          ]}
          withLegend
          valueFormatter={formats.count}
          barChartProps={{ accessibilityLayer: false }}
          yAxisProps={{ allowDecimals: false, width: 44 }}
        />
      </div>
      <DataTable
        caption="Channels"
        rows={rows}
        keyOf={({ channel }) => channel}
        columns={[
          { header: 'Channel', cell: ({ name }) => name },
          { header: 'Shares', cell: ({ shares }) => formats.count(shares), isNumber: true },
          { header: 'Clicks', cell: ({ clicks }) => formats.count(clicks), isNumber: true },
          { header: 'Referrals', cell: ({ referrals }) => formats.count(referrals), isNumber: true },
          { header: 'Converted', cell: ({ converted }) => formats.count(converted), isNumber: true },
          { header: 'Rate', cell: ({ conversion_rate }) => formats.rate(conversion_rate), isNumber: true },
        ]}
      />
    </Stack>
  );
}
