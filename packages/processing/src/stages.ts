import { type Bus, type EventBatch, type Subscription, subscribe } from '@referral/bus';
import { type CloudEvent, decodeEvent, type EventDefinition } from '@referral/contracts';

/** What a service does with the events of one topic, a batch of one partition at a time. */
export interface Handler {
  readonly topic: string;
  handle(events: readonly CloudEvent[], partition: number): Promise<void>;
}

/** Binds an event to the code that works on batches of it. */
export function on<Type extends string, Data extends { tenant_id: string }>(
  definition: EventDefinition<Type, Data>,
  handle: (events: readonly CloudEvent<Type, Data>[], partition: number) => Promise<void>,
): Handler {
  return {
    topic: definition.type,
    // The batch comes from this topic alone and has been checked against its contract when it was decoded.
    handle: (events, partition) => handle(events as readonly CloudEvent<Type, Data>[], partition),
  };
}

interface RunOptions {
  readonly bus: Bus;
  readonly group: string;
  readonly handlers: readonly Handler[];
  readonly now: () => number;
  readonly observer?: ConsumptionObserver;
}

/** Told of what happens to consumed events, for metrics and logs. */
export interface ConsumptionObserver {
  consumed(group: string, topic: string, count: number): void;
  deadLettered(group: string, topic: string, cause: unknown): void;
  retried(group: string, topic: string, error: unknown): void;
}

/** Consumes the topics of all handlers as one group. Two handlers of one topic run one after the other. */
export function runHandlers({ bus, group, handlers, now, observer }: RunOptions): Promise<Subscription> {
  const byTopic = new Map<string, Handler[]>();
  for (const handler of handlers) byTopic.set(handler.topic, [...(byTopic.get(handler.topic) ?? []), handler]);
  return subscribe<CloudEvent>({
    bus,
    group,
    topics: [...byTopic.keys()],
    now,
    decode: decodeEvent,
    handle: async ({ topic, partition, events }: EventBatch<CloudEvent>) => {
      const batch = events.map(({ event }) => event);
      for (const handler of byTopic.get(topic) ?? []) await handler.handle(batch, partition);
      observer?.consumed(group, topic, batch.length);
    },
    onDeadLetter: ({ message, cause }) => observer?.deadLettered(group, message.topic, cause),
    onRetry: (error, { topic }) => observer?.retried(group, topic, error),
  });
}
