import { randomUUID } from 'node:crypto';
import type { EachBatchPayload } from 'kafkajs';
import type { DeliveredMessage, Subscription, TailOptions } from '../bus.ts';
import type { BrokerAdmin, LogRange } from './admin.ts';
import type { Clients } from './clients.ts';
import { keyOf } from './group-offsets.ts';
import { Member } from './member.ts';
import { fromKafka } from './messages.ts';
import type { Names } from './names.ts';

export interface TailDeps {
  readonly clients: Clients;
  readonly admin: BrokerAdmin;
  readonly names: Names;
  readonly onError: (error: unknown) => void;
  readonly onFatal: (error: unknown) => void;
  readonly onRetry: (error: unknown) => void;
}

/**
 * Watches topics from these ranges on. kafkajs fetches for members of groups only, so there is one, of a name that
 * nobody uses twice; it commits nothing and is deleted at the end.
 */
export function startTail(
  { topics, from, onMessages, onCaughtUp }: TailOptions,
  ranges: readonly LogRange[],
  deps: TailDeps,
) {
  const { clients, admin, names, onError, onFatal, onRetry } = deps;
  const groupId = names.groupOnBroker(`tail-${randomUUID()}`);
  const positions = new Map(
    ranges.map((range) => [keyOf(range), String(from === 'earliest' ? range.low : range.high)]),
  );

  const isBehind = (range: LogRange) => BigInt(positions.get(keyOf(range)) ?? range.high) < range.high;
  let hasCaughtUp = false;
  function tellWhenCaughtUp(): void {
    if (hasCaughtUp || ranges.some(isBehind)) return;
    hasCaughtUp = true;
    onCaughtUp?.();
  }

  function goOnAt(partition: string, offset: string): void {
    positions.set(partition, offset);
    tellWhenCaughtUp();
  }

  function deliver(messages: readonly DeliveredMessage[]): void {
    try {
      onMessages(messages);
    } catch (error) {
      onError(error);
    }
  }

  const member = new Member({
    createConsumer: () => clients.consumer(groupId),
    topics: topics.map((topic) => names.topicOnBroker(topic)),
    concurrency: 1,
    position: (topic, partition) => positions.get(keyOf({ topic, partition })),
    assigned: async () => {},
    fetched: async ({ batch, resolveOffset, isStale }: EachBatchPayload) => {
      const { topic, partition, messages } = batch;
      if (member.stopping || isStale()) return;
      deliver(messages.map((message) => fromKafka(names.here(topic), partition, message)));
      const last = batch.lastOffset();
      goOnAt(keyOf(batch), String(BigInt(last) + 1n));
      resolveOffset(last);
    },
    passed: (_, position) => goOnAt(keyOf(position), position.offset),
    onFatal,
    onRetry,
  });

  const subscription: Subscription = {
    async stop() {
      await member.stop();
      await admin.use('deleting a group', (client) => client.deleteGroups([groupId])).catch(onRetry);
    },
  };
  // Where the topics are empty, nothing comes that would tell.
  void member.started.then(tellWhenCaughtUp, () => {});
  return { started: member.started, subscription };
}
