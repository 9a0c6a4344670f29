import { type Bus, type EventBatch, type Subscription, subscribe } from '@referral/bus';
import { type CloudEvent, decodeEvent, type EventDefinition } from '@referral/contracts';
import { assert } from '@referral/errors';

/** The partition that an event of the batch came through. */
export type PartitionOf = (event: CloudEvent) => number;

/** What a service does with the events of one topic, a batch at a time; those of a partition are in order. */
export interface Handler {
  readonly topic: string;
  handle(events: readonly CloudEvent[], partitionOf: PartitionOf): Promise<void>;
}

/** Binds an event to the code that works on batches of it. */
export function on<Type extends string, Data extends { tenant_id: string }>(
  definition: EventDefinition<Type, Data>,
  handle: (events: readonly CloudEvent<Type, Data>[], partitionOf: PartitionOf) => Promise<void>,
): Handler {
  return {
    topic: definition.type,
    // The batch comes from this topic alone and has been checked against its contract when it was decoded.
    handle: (events, partitionOf) => handle(events as readonly CloudEvent<Type, Data>[], partitionOf),
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
    handle: async ({ topic, events }: EventBatch<CloudEvent>) => {
      const batch = events.map(({ event }) => event);
      const partitions = new Map(events.map(({ event, message }) => [event, message.partition]));
      const partitionOf: PartitionOf = (event) => {
        const partition = partitions.get(event);
        assert(partition !== undefined, 'the event is of this batch');
        return partition;
      };
      for (const handler of byTopic.get(topic) ?? []) await handler.handle(batch, partitionOf);
      observer?.consumed(group, topic, batch.length);
    },
    onDeadLetter: ({ message, cause }) => observer?.deadLettered(group, message.topic, cause),
    onRetry: (error, { topic }) => observer?.retried(group, topic, error),
  });
}
