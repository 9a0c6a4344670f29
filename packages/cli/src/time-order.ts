import type { DeliveredMessage } from '@referral/bus';

const momentMs = 25;

export interface TimeOrder {
  take(messages: readonly DeliveredMessage[]): void;
  /** Passes on what is still held back. */
  flush(): void;
}

/**
 * Holds messages back for a moment and passes them on by their time: topics are read one after the other, so what happened
 * just now comes in their order and not in its own. Messages of one millisecond keep the order in which they came.
 */
export function inTimeOrder(pass: (messages: readonly DeliveredMessage[]) => void): TimeOrder {
  let held: DeliveredMessage[] = [];
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const messages = held.sort((a, b) => a.timestampMs - b.timestampMs);
    held = [];
    if (messages.length > 0) pass(messages);
  }

  return {
    take(messages) {
      for (const message of messages) held.push(message);
      timer ??= setTimeout(flush, momentMs);
    },
    flush,
  };
}
