import { isOperational } from '@referral/errors';
import type { Batch, Bus, DeliveredMessage, Message, Subscription } from './bus.ts';
import { joinLists } from './joined-calls.ts';
import { assertTopicName } from './topic-name.ts';

export interface Decoded<E> {
  readonly message: DeliveredMessage;
  readonly event: E;
}

/** Events of one topic, never empty; those of a partition are in order. */
export interface EventBatch<E> {
  readonly topic: string;
  readonly events: readonly Decoded<E>[];
}

export interface DeadLetter {
  readonly group: string;
  readonly message: DeliveredMessage;
  /** What `decode` or `handle` threw. */
  readonly cause: unknown;
}

export interface SubscribeOptions<E> {
  readonly bus: Bus;
  readonly group: string;
  readonly topics: readonly string[];
  /** Called once per delivery of a message. Throws when the message cannot be understood. */
  readonly decode: (message: DeliveredMessage) => E;
  /**
   * Resolves when the effects are durable. Sees an event again after any failure, its own or a neighbour's, so handling
   * twice must be the same as once.
   */
  readonly handle: (batch: EventBatch<E>) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The most messages of a partition in one batch. Default: the bus's. */
  readonly maxBatchSize?: number;
  /** Told of every dead letter once it is durable. */
  readonly onDeadLetter?: (letter: DeadLetter) => void;
  /** Told of every batch that will come again. */
  readonly onRetry?: (error: unknown, batch: Batch) => void;
}

const maxCauseLength = 1_000;

/** Of partitions that are handled together; what one of them brings is never divided. */
const maxJoinedEvents = 2_000;

/**
 * Delivers decoded events to a group. One call at a time and topic: partitions that come meanwhile share the next one, since
 * what a call costs depends little on how much it is given. What fails operationally is delivered again with back-off, for
 * as long as it takes. A message that cannot be decoded, or that `handle` rejects for any other reason, goes to
 * `deadLetterTopic` with its original bytes, key and headers and, in `dlq-*` headers, its cause and origin; the rest of its
 * batch is handled, in order. A batch is acknowledged when its dead letters are durable.
 *
 * @throws AssertionFailure when the group's name does not fit into the name of a topic
 */
export async function subscribe<E>(options: SubscribeOptions<E>): Promise<Subscription> {
  const { bus, group, topics, maxBatchSize, onRetry } = options;
  for (const topic of topics) assertTopicName(deadLetterTopic(topic, group));
  const joined = { ...options, handle: joinPartitions(options) };
  return bus.consume({
    group,
    topics,
    handleBatch: (batch) => handleMessages(batch, joined),
    ...(maxBatchSize === undefined ? {} : { maxBatchSize }),
    ...(onRetry === undefined ? {} : { onError: onRetry }),
  });
}

function joinPartitions<E>({ topics, handle }: SubscribeOptions<E>): SubscribeOptions<E>['handle'] {
  const calls = new Map(
    topics.map((topic) => [
      topic,
      joinLists((events: readonly Decoded<E>[]) => handle({ topic, events }), maxJoinedEvents),
    ]),
  );
  return async ({ topic, events }) => calls.get(topic)?.(events);
}

/** Where messages of a topic go that a group cannot handle. */
export function deadLetterTopic(topic: string, group: string): string {
  return `${topic}.${group}.dlq`;
}

async function handleMessages<E>(batch: Batch, options: SubscribeOptions<E>): Promise<void> {
  const causes = new Map<DeliveredMessage, unknown>();
  const events = decodeAll(batch.messages, options, causes);
  if (events.length > 0) {
    await handleEvents({ topic: batch.topic, events }, options, causes);
  }
  const letters = batch.messages
    .filter((message) => causes.has(message))
    .map((message) => ({ group: options.group, message, cause: causes.get(message) }));
  if (letters.length === 0) return;
  // All at the end: whatever fails before this, the batch comes again and no letter has been written twice.
  await options.bus.publish(letters.map((letter) => toMessage(letter, options.now())));
  for (const letter of letters) options.onDeadLetter?.(letter);
}

function decodeAll<E>(
  messages: readonly DeliveredMessage[],
  { decode }: SubscribeOptions<E>,
  causes: Map<DeliveredMessage, unknown>,
): Decoded<E>[] {
  return messages.flatMap((message) => {
    try {
      return [{ message, event: decode(message) }];
    } catch (error) {
      if (isOperational(error)) throw error;
      causes.set(message, error);
      return [];
    }
  });
}

/** Halves a batch that fails until the messages at fault are alone. */
async function handleEvents<E>(
  { topic, events }: EventBatch<E>,
  options: SubscribeOptions<E>,
  causes: Map<DeliveredMessage, unknown>,
): Promise<void> {
  try {
    await options.handle({ topic, events });
  } catch (error) {
    if (isOperational(error)) throw error;
    const [only, ...others] = events;
    if (only && others.length === 0) {
      causes.set(only.message, error);
      return;
    }
    const middle = Math.ceil(events.length / 2);
    await handleEvents({ topic, events: events.slice(0, middle) }, options, causes);
    await handleEvents({ topic, events: events.slice(middle) }, options, causes);
  }
}

function toMessage({ group, message, cause }: DeadLetter, nowMs: number): Message {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return {
    topic: deadLetterTopic(message.topic, group),
    key: message.key,
    value: message.value,
    headers: {
      ...message.headers,
      'dlq-cause': reason.slice(0, maxCauseLength),
      'dlq-topic': message.topic,
      'dlq-partition': String(message.partition),
      'dlq-offset': message.offset,
      'dlq-group': group,
      'dlq-at': new Date(nowMs).toISOString(),
    },
  };
}
