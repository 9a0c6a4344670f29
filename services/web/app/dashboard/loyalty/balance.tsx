import { List, Text } from '@mantine/core';
import type { BalanceAnswer } from '@referral/contracts';
import { Answered } from '../answered.tsx';
import { Section } from '../section.tsx';
import { Stats } from '../stats.tsx';
import { useApi, useDashboard } from '../tenant.ts';

const discountWords: Readonly<Record<BalanceAnswer['discounts'][number]['status'], string>> = {
  granted: 'can be used',
  used: 'used',
  withdrawn: 'withdrawn',
};

export function Balance({ customer }: { readonly customer: string }) {
  const { formats } = useDashboard();
  const balance = useApi<BalanceAnswer>(`/api/customers/${encodeURIComponent(customer)}/balance`);
  return (
    <Section title="Balance of this customer">
      <Answered query={balance} what="The balance" height={110}>
        {({ points, credit, discounts }) => (
          <>
            <Stats
              cols={2}
              stats={[
                { label: 'Points', value: formats.count(points) },
                { label: 'Credit', value: formats.amounts(credit) },
              ]}
            />
            {discounts.length === 0 ? (
              <Text size="sm" c="dimmed">
                No discounts
              </Text>
            ) : (
              <List size="sm">
                {discounts.map((discount) => (
                  <List.Item key={discount.id}>
                    {formats.reward(discount)}: {discountWords[discount.status]}
                  </List.Item>
                ))}
              </List>
            )}
          </>
        )}
      </Answered>
    </Section>
  );
}
