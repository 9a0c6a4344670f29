/** The two classes inside of kafkajs 2.2.4 that `kafkajs-guards.ts` corrects. */

declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    readonly pending: readonly unknown[];
    scheduleCheckPendingRequests(): void;
  }
}

declare module 'kafkajs/src/consumer/consumerGroup.js' {
  export default class ConsumerGroup {
    readonly offsetManager: { nextOffset(topic: string, partition: number): { toString(): string } };
    recoverFromOffsetOutOfRange(at: { readonly topic: string; readonly partition: number }): Promise<void>;
  }
}
