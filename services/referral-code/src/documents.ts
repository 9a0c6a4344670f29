import type { EncodedEvent } from '@referral/contracts';
import { assert, OperationalError } from '@referral/errors';
import { updateDocument, type WithOutbox, withOutbox } from '@referral/processing';
import type { Collection } from '@referral/store';
import type { Context } from './context.ts';

interface Decision<State, Answer> {
  /** The very object that was given, or `undefined`, when nothing changes. */
  readonly state: State | undefined;
  readonly events: readonly EncodedEvent[];
  readonly answer: Answer;
}

/** Decides on one document for a request. Its events are durable with it, and published after the answer. */
export async function decideDocument<State extends object, Answer>(
  context: Context,
  collection: Collection<State & WithOutbox>,
  id: string,
  decide: (body: (State & WithOutbox) | undefined) => Decision<State, Answer>,
): Promise<{ readonly answer: Answer } | { readonly duplicate: string }> {
  let answers: Answer[] = [];
  const result = await updateDocument(context.store, collection, id, (body) => {
    const { state, events, answer } = decide(body);
    answers = [answer];
    return state === undefined || state === body ? body : withEvents(state, body, events, context.maxWaiting);
  });
  if ('duplicate' in result) return result;
  if (result.body?.outbox_waiting) context.publishSoon(collection, id);
  const [answer] = answers;
  assert(answer !== undefined, 'a decision always answers');
  return { answer };
}

/**
 * The next body of a document: its new state, and its outbox with these events added.
 * @throws OperationalError `OUTBOX_FULL` while the bus has been away for too long
 */
export function withEvents<State extends object>(
  state: State,
  body: WithOutbox | undefined,
  events: readonly EncodedEvent[],
  maxWaiting: number,
): State & WithOutbox {
  const outbox = body?.outbox ?? [];
  if (outbox.length >= maxWaiting)
    throw new OperationalError('OUTBOX_FULL', `${outbox.length} events wait for the bus`);
  return withOutbox({ ...state, outbox, ...(body?.outbox_waiting && { outbox_waiting: true as const }) }, events);
}
