import { useEffect, useRef, useState } from 'react';
import { ApiProblem } from '../../problem.ts';
import type { Session } from '../../session.ts';
import { useDashboard } from '../tenant.ts';
import { createStreamReader } from './event-stream.ts';
import { type FeedEvent, readFeedEvent } from './feed-words.ts';

const path = '/api/loyalty/referrals/live';
const maxShown = 50;
const firstWaitMs = 1_000;
const longestWaitMs = 30_000;

type FeedState = 'connecting' | 'open' | 'waiting' | 'refused';

interface Feed {
  /** The newest first. */
  readonly events: readonly FeedEvent[];
  readonly state: FeedState;
  /** Whether some may have been missed. */
  readonly hasGap: boolean;
}

/** Events as they happen. Who pauses, and goes on, gets what came meanwhile: the server remembers a while. */
export function useFeed(isPaused: boolean): Feed {
  const { session } = useDashboard();
  const [events, setEvents] = useState<readonly FeedEvent[]>([]);
  const [state, setState] = useState<FeedState>('connecting');
  const [hasGap, setGap] = useState(false);
  const lastId = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (isPaused) return;
    const controller = new AbortController();
    const onMessage = (type: string, data: string, id: string | undefined) => {
      if (id !== undefined) lastId.current = id;
      if (type === 'gap') setGap(true);
      const event = type === 'gap' ? undefined : readFeedEvent(data);
      if (event) setEvents((shown) => [event, ...shown.filter((one) => one.id !== event.id)].slice(0, maxShown));
    };
    void follow({ session, signal: controller.signal, lastId: () => lastId.current, onState: setState, onMessage });
    return () => controller.abort();
  }, [session, isPaused]);
  return { events, state, hasGap };
}

interface Following {
  readonly session: Session;
  readonly signal: AbortSignal;
  readonly lastId: () => string | undefined;
  readonly onState: (state: FeedState) => void;
  readonly onMessage: (type: string, data: string, id: string | undefined) => void;
}

/** Connects again and again until the signal aborts, or the server says that it never will let us in. */
async function follow({ session, signal, lastId, onState, onMessage }: Following): Promise<void> {
  let waitMs = firstWaitMs;
  while (!signal.aborted) {
    try {
      onState('connecting');
      const last = lastId();
      const headers = { Accept: 'text/event-stream', ...(last !== undefined && { 'Last-Event-ID': last }) };
      const { body } = await session.open(path, { signal, headers });
      onState('open');
      waitMs = firstWaitMs;
      if (body) await readMessages(body, onMessage);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiProblem && error.status >= 400 && error.status < 500 && error.status !== 429) {
        return onState('refused');
      }
    }
    if (signal.aborted) return;
    onState('waiting');
    await pause(waitMs, signal);
    waitMs = Math.min(waitMs * 2, longestWaitMs);
  }
}

async function readMessages(body: ReadableStream<Uint8Array<ArrayBuffer>>, onMessage: Following['onMessage']) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const read = createStreamReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    for (const { type, data, id } of read(piece.value)) onMessage(type, data, id);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
