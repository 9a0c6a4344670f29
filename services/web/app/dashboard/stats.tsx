import { Paper, SimpleGrid, Text } from '@mantine/core';

export interface Stat {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
}

export function Stats({ stats, cols = 4 }: { readonly stats: readonly Stat[]; readonly cols?: number }) {
  return (
    <SimpleGrid component="dl" cols={{ base: 2, lg: cols }} spacing="sm" m={0}>
      {stats.map(({ label, value, hint }) => (
        <Paper key={label} withBorder p={{ base: 'sm', sm: 'md' }}>
          <Text component="dt" size="sm" c="dimmed">
            {label}
          </Text>
          <Text component="dd" m={0} className="stat" fw={700}>
            {value}
          </Text>
          {hint && (
            <Text component="dd" m={0} size="xs" c="dimmed">
              {hint}
            </Text>
          )}
        </Paper>
      ))}
    </SimpleGrid>
  );
}
