import { Button, Stack, Text, Title } from '@mantine/core';
import type { rewardsAnswer } from '@referral/contracts';
import { useCallback, useState } from 'react';
import type { z } from 'zod';
import { dateWords, viewersLocale } from '../format.ts';
import { useLoaded } from '../load.ts';
import { rewardWords } from '../offer.ts';
import { ApiProblem, explain } from '../problem.ts';
import type { Session } from '../session.ts';
import { Failed, Loading } from '../states.tsx';

type Page = z.infer<typeof rewardsAnswer>;
type Reward = Page['data'][number];

const rowsPerPage = 10;

async function readPage(session: Session, cursor: string | null, signal?: AbortSignal): Promise<Page> {
  const query = new URLSearchParams({ limit: String(rowsPerPage), ...(cursor !== null && { cursor }) });
  return (await session.call<Page>(`/api/rewards/my-rewards?${query}`, { ...(signal && { signal }) })).body;
}

/** Every reward that the customer was ever given, newest first, and those that were taken back. */
export function History({ session }: { readonly session: Session }) {
  const first = useLoaded(useCallback((signal: AbortSignal) => readPage(session, null, signal), [session]));
  if (first.state === 'loading') return <Loading what="what you have earned" />;
  if (first.state === 'failed')
    return <Failed what="What you have earned" problem={first.problem} onRetry={first.retry} />;
  return first.value.data.length === 0 ? null : <Rows session={session} first={first.value} />;
}

function Rows({ session, first }: { readonly session: Session; readonly first: Page }) {
  const [{ data, next_cursor }, setShown] = useState(first);
  const [isLoading, setIsLoading] = useState(false);
  const [fault, setFault] = useState<string>();
  const more = async () => {
    setIsLoading(true);
    setFault(undefined);
    try {
      const next = await readPage(session, next_cursor);
      setShown({ data: [...data, ...next.data], next_cursor: next.next_cursor });
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      setFault(explain(error));
    } finally {
      setIsLoading(false);
    }
  };
  return (
    <Stack gap="xs" align="stretch">
      <Title order={3} size="h5">
        What you have earned
      </Title>
      <ul className="portal-history">
        {data.map((reward) => (
          <Row key={reward.id} reward={reward} />
        ))}
      </ul>
      {fault && (
        <Text size="sm" role="alert" c="var(--mantine-color-error)">
          {fault}
        </Text>
      )}
      {next_cursor !== null && (
        <Button variant="default" onClick={more} loading={isLoading}>
          Show more
        </Button>
      )}
    </Stack>
  );
}

const kindWords: Readonly<Record<Reward['kind'], string>> = {
  referral: 'For a referral',
  milestone: 'For a milestone',
  earning_rule: 'A bonus',
};

function Row({ reward }: { readonly reward: Reward }) {
  const { type, value, currency, kind, issued_at, reversed_at } = reward;
  const locale = viewersLocale();
  return (
    <li className="portal-earned">
      <div>
        <Text td={reversed_at ? 'line-through' : undefined}>{rewardWords({ type, value }, { locale, currency })}</Text>
        {reversed_at && <Text size="sm">Taken back on {dateWords(reversed_at, locale)}</Text>}
      </div>
      <Text size="sm" c="dimmed">
        {kindWords[kind]}, {dateWords(issued_at, locale)}
      </Text>
    </li>
  );
}
