import { LineChart } from '@mantine/charts';
import { NativeSelect, SegmentedControl, Stack } from '@mantine/core';
import type { Interval } from '@referral/contracts';
import { useState } from 'react';
import { Empty } from '../../states.tsx';
import { Answered } from '../answered.tsx';
import { intervalFor, type Range, rangeQuery } from '../range.ts';
import { Section } from '../section.tsx';
import { useApi, useDashboard } from '../tenant.ts';
import { refreshMs, type Timeseries } from './answers.ts';
import { ChartWithTable } from './chart-with-table.tsx';

const activity = [
  { name: 'shares', label: 'Shares', color: 'grape.6' },
  { name: 'clicks', label: 'Clicks', color: 'orange.7' },
  { name: 'referrals', label: 'Referrals', color: 'blue.6' },
  { name: 'converted', label: 'Converted', color: 'teal.7' },
];

const activityView = 'activity';

export function TrendChart({ range }: { readonly range: Range }) {
  const { formats } = useDashboard();
  const [chosen, setChosen] = useState<Interval | 'auto'>('auto');
  const [view, setView] = useState(activityView);
  const interval = chosen === 'auto' ? intervalFor(range, new Date(), formats.timeZone) : chosen;
  const timeseries = useApi<Timeseries>(
    '/api/loyalty/referrals/timeseries',
    { interval, ...rangeQuery(range) },
    { everyMs: refreshMs, keep: true },
  );
  const currencies = new Set(timeseries.data?.data.flatMap(({ revenue }) => revenue.map(({ currency }) => currency)));
  return (
    <Section
      title="Over time"
      beside={
        <NativeSelect
          aria-label="Interval"
          size="xs"
          value={chosen}
          onChange={({ currentTarget: { value } }) => setChosen(isInterval(value) ? value : 'auto')}
          data={[
            { value: 'auto', label: `Automatic (by ${interval})` },
            { value: 'day', label: 'By day' },
            { value: 'week', label: 'By week' },
            { value: 'month', label: 'By month' },
          ]}
        />
      }
    >
      <Answered query={timeseries} what="The course over time" height={300}>
        {({ data, interval: answered }) =>
          data.length === 0 ? (
            <Empty title="Nothing yet in this period" />
          ) : (
            <Stack gap="sm">
              {currencies.size > 0 && (
                <SegmentedControl
                  aria-label="What is shown"
                  size="xs"
                  value={view}
                  onChange={setView}
                  data={[
                    { value: activityView, label: 'Activity' },
                    ...[...currencies].map((currency) => ({ value: currency, label: `Revenue, ${currency}` })),
                  ]}
                />
              )}
              {view === activityView || !currencies.has(view) ? (
                <Activity data={data} interval={answered} />
              ) : (
                <Revenue data={data} interval={answered} currency={view} />
              )}
            </Stack>
          )
        }
      </Answered>
    </Section>
  );
}

interface Course {
  readonly data: Timeseries['data'];
  readonly interval: Interval;
}

function Activity({ data, interval }: Course) {
  const { formats } = useDashboard();
  const rows = data.map((bucket) => ({ ...bucket, at: formats.bucket(bucket.date, interval) }));
  return (
    <ChartWithTable
      title="Shares, clicks, referrals and conversions over time"
      rows={rows}
      keyOf={({ date }) => date}
      columns={[
        { header: 'From', cell: ({ at }) => at },
        { header: 'Shares', cell: ({ shares }) => formats.count(shares), isNumber: true },
        { header: 'Clicks', cell: ({ clicks }) => formats.count(clicks), isNumber: true },
        { header: 'Referrals', cell: ({ referrals }) => formats.count(referrals), isNumber: true },
        { header: 'Converted', cell: ({ converted }) => formats.count(converted), isNumber: true },
      ]}
    >
      <LineChart
        h={280}
        data={rows}
        dataKey="at"
        series={activity}
        withLegend
        curveType="monotone"
        valueFormatter={formats.count}
        lineChartProps={{ accessibilityLayer: false }}
        yAxisProps={{ allowDecimals: false, width: 44 }}
      />
    </ChartWithTable>
  );
}

function Revenue({ data, interval, currency }: Course & { readonly currency: string }) {
  const { formats } = useDashboard();
  const money = (amount: number) => formats.money(amount, currency);
  const rows = data.map(({ date, revenue }) => ({
    date,
    at: formats.bucket(date, interval),
    amount: revenue.find((amount) => amount.currency === currency)?.amount ?? 0,
  }));
  return (
    <ChartWithTable
      title={`Revenue in ${currency} over time`}
      rows={rows}
      keyOf={({ date }) => date}
      columns={[
        { header: 'From', cell: ({ at }) => at },
        { header: 'Revenue', cell: ({ amount }) => money(amount), isNumber: true },
      ]}
    >
      <LineChart
        h={280}
        data={rows}
        dataKey="at"
        series={[{ name: 'amount', label: `Revenue, ${currency}`, color: 'teal.7' }]}
        curveType="monotone"
        valueFormatter={money}
        lineChartProps={{ accessibilityLayer: false }}
        yAxisProps={{ width: 76 }}
      />
    </ChartWithTable>
  );
}

function isInterval(text: string): text is Interval {
  return text === 'day' || text === 'week' || text === 'month';
}
