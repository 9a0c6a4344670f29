import type { CloudEvent } from '@referral/contracts';
import { pause } from '@referral/errors';
import { z } from 'zod';
import { callApi } from './api-client.ts';
import { CommandError } from './terminal.ts';

/** The platform as a command talks to it, and who it talks as. */
export interface Caller {
  readonly url: string;
  readonly token: string;
}

const publishAnswer = z.object({
  accepted: z.int(),
  results: z.array(z.object({ event_id: z.string().nullable(), status: z.string(), problem: z.string().optional() })),
});
export type PublishAnswer = z.output<typeof publishAnswer>;

const fate = z.object({
  status: z.enum(['effect', 'ignored', 'waiting', 'dead_letter', 'unknown']),
  reason: z.string().optional(),
  effects: z.array(z.object({ type: z.string(), referral_id: z.string().optional() })),
  conflicting_contents: z.int().optional(),
});
export type Fate = z.output<typeof fate>;

const fatePollMs = 100;

/**
 * Publishes events; the ones that the platform does not take are told in the answer.
 * @param body a JSON array of at most 1,000 events and 1 MB
 */
export function publishBatch({ url, token }: Caller, body: string, signal?: AbortSignal): Promise<PublishAnswer> {
  return callApi(url, {
    path: '/api/events',
    token,
    body,
    answer: publishAnswer,
    ...(signal === undefined ? {} : { signal }),
  });
}

/** @throws CommandError when the platform does not take the event */
export async function publishOne(caller: Caller, event: CloudEvent): Promise<void> {
  const { accepted, results } = await publishBatch(caller, JSON.stringify([event]));
  if (accepted !== 1)
    throw new CommandError(`${event.type} was not accepted: ${results[0]?.problem ?? 'no reason given'}`);
}

/** What became of an event, as soon as the platform has made up its mind, but no later than `withinMs` from now. */
export async function fateOf(
  caller: Caller,
  event: Pick<CloudEvent, 'id' | 'source'>,
  withinMs: number,
): Promise<Fate> {
  const deadline = performance.now() + withinMs;
  const path = `/api/events/${encodeURIComponent(event.id)}?source=${encodeURIComponent(event.source)}`;
  for (;;) {
    const answer = await callApi(caller.url, { path, token: caller.token, answer: fate });
    const isOpen = answer.status === 'unknown' || (answer.status === 'waiting' && answer.reason === 'being processed');
    if (!isOpen || performance.now() >= deadline) return answer;
    await pause(fatePollMs);
  }
}

/** `effect: referral_attributed ref_1`, `ignored: no_referral`. */
export function fateLine({ status, reason, effects }: Fate): string {
  const told = effects.map(({ type, referral_id }) => [type, referral_id].filter(Boolean).join(' ')).join(', ');
  const why = told || reason;
  return why ? `${status}: ${why}` : status;
}
