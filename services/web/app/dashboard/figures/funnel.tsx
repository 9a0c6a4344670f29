import { BarsList } from '@mantine/charts';
import { Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ApiProblem } from '../../problem.ts';
import { Empty } from '../../states.tsx';
import { Answered } from '../answered.tsx';
import { Section } from '../section.tsx';
import { useDashboard } from '../tenant.ts';
import type { Summary } from './answers.ts';

/** From sharing a link to a conversion. */
export function FunnelChart({ summary }: { readonly summary: UseQueryResult<Summary, ApiProblem> }) {
  return (
    <Section title="Funnel">
      <Answered query={summary} what="The funnel" height={220}>
        {({ funnel }) => <Steps funnel={funnel} />}
      </Answered>
    </Section>
  );
}

function Steps({ funnel: { shares, clicks, signups, conversions } }: { readonly funnel: Summary['funnel'] }) {
  const { formats } = useDashboard();
  if (shares + clicks + signups + conversions === 0) return <Empty title="Nothing yet in this period" />;
  return (
    <Stack gap="sm">
      <BarsList
        data={[
          { name: 'Shares', value: shares },
          { name: 'Clicks', value: clicks },
          { name: 'Signups', value: signups },
          { name: 'Conversions', value: conversions },
        ]}
        valueFormatter={formats.count}
        barColor="cyan.2"
        barTextColor="dark.9"
        minBarSize={110}
      />
      <Text size="sm" c="dimmed">
        Codes can also be typed: not every signup follows a click.
      </Text>
    </Stack>
  );
}
