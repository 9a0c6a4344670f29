import { Badge, Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { BalanceAnswer } from '@referral/contracts';
import { useCallback } from 'react';
import { moneyWords, numberWords, viewersLocale } from '../format.ts';
import { useLoaded } from '../load.ts';
import { rewardWords } from '../offer.ts';
import type { Session } from '../session.ts';
import { Empty, Failed, Loading } from '../states.tsx';
import { History } from './history.tsx';

/** What inviting has brought so far, and what of it there is to spend. */
export function Rewards({ session, referrals }: { readonly session: Session; readonly referrals: number | undefined }) {
  const load = useCallback(
    async (signal: AbortSignal) => (await session.call<BalanceAnswer>('/api/rewards/my-balance', { signal })).body,
    [session],
  );
  const balance = useLoaded(load);
  if (balance.state === 'loading') return <Loading what="your rewards" height={220} />;
  if (balance.state === 'failed')
    return <Failed what="Your rewards" problem={balance.problem} onRetry={balance.retry} />;
  return (
    <Paper withBorder p="lg">
      <Stack gap="md">
        <Title order={2} size="h3">
          Your rewards
        </Title>
        <Figures balance={balance.value} referrals={referrals} />
        <Discounts discounts={balance.value.discounts} />
        <History session={session} />
        {hasNothing(balance.value) && (
          <Empty title="No rewards yet">They appear here when a friend of yours qualifies.</Empty>
        )}
      </Stack>
    </Paper>
  );
}

function Figures({ balance, referrals }: { readonly balance: BalanceAnswer; readonly referrals: number | undefined }) {
  const locale = viewersLocale();
  const figures = [
    ...(referrals === undefined ? [] : [['Successful referrals', numberWords(referrals, locale)] as const]),
    ['Points', numberWords(balance.points, locale)] as const,
    ...balance.credit.map(
      ({ currency, amount }) => [`Credit (${currency})`, moneyWords(amount, currency, locale)] as const,
    ),
  ];
  return (
    <dl className="portal-figures">
      {figures.map(([name, value]) => (
        <div key={name}>
          <Text component="dt" size="sm" c="dimmed">
            {name}
          </Text>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

type Discount = BalanceAnswer['discounts'][number];

const statusWords: Readonly<Record<Discount['status'], string>> = {
  granted: 'Ready to use',
  used: 'Used',
  withdrawn: 'Withdrawn',
};

function Discounts({ discounts }: { readonly discounts: readonly Discount[] }) {
  const locale = viewersLocale();
  if (discounts.length === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={3} size="h5">
        Discounts
      </Title>
      {discounts.map(({ id, type, value, currency, status }) => (
        <Group key={id} justify="space-between" wrap="nowrap">
          <Text>{rewardWords({ type, value }, { locale, currency })}</Text>
          <Badge variant={status === 'granted' ? 'filled' : 'default'}>{statusWords[status]}</Badge>
        </Group>
      ))}
    </Stack>
  );
}

function hasNothing({ points, credit, discounts }: BalanceAnswer): boolean {
  return points === 0 && discounts.length === 0 && credit.every(({ amount }) => amount === 0);
}
