import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

/** A member stands where the log of its partition is not. kafkajs is told not to retry it. */
export class PositionOutsideLog extends Error {
  override readonly name = 'PositionOutsideLog';
  readonly retriable = false;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;

  constructor(topic: string, partition: number, offset: string) {
    super(`offset ${offset} of ${topic}/${partition} lies outside of the log`);
    this.topic = topic;
    this.partition = partition;
    this.offset = offset;
  }
}

/**
 * Corrects two things of kafkajs 2.2.4 that no option reaches; its maintainers have left both open.
 * It would commit a default offset of its own and so skip messages in silence, or begin anew without anybody having
 * asked. And every idle connection would wake a timer a thousand times a second, for nothing.
 */
export function guardKafkajs(): void {
  ConsumerGroup.prototype.recoverFromOffsetOutOfRange = refuseToReset;
  RequestQueue.prototype.scheduleCheckPendingRequests = scheduleWhenSomethingWaits;
}

const schedule = RequestQueue.prototype.scheduleCheckPendingRequests;

function scheduleWhenSomethingWaits(this: RequestQueue): void {
  if (this.pending.length > 0) schedule.call(this);
}

async function refuseToReset(
  this: ConsumerGroup,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): Promise<void> {
  throw new PositionOutsideLog(topic, partition, this.offsetManager.nextOffset(topic, partition).toString());
}
