import type { IHeaders, KafkaMessage, Message as OutgoingMessage } from 'kafkajs';
import type { DeliveredMessage, Message } from '../bus.ts';

/** An empty value is Kafka's null: on a compacted topic it erases its key. */
export function toKafka({ key, value, headers }: Message): OutgoingMessage {
  return {
    key,
    value: value.byteLength === 0 ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    headers: { ...headers },
  };
}

export function fromKafka(topic: string, partition: number, message: KafkaMessage): DeliveredMessage {
  return {
    topic,
    partition,
    offset: message.offset,
    timestampMs: Number(message.timestamp),
    key: message.key === null ? null : message.key.toString(),
    value: message.value ?? new Uint8Array(0),
    headers: readHeaders(message.headers ?? {}),
  };
}

/** What a message takes in a request, never too little. */
export function sizeOf({ key, value, headers }: Message): number {
  let bytes = 64 + value.byteLength + Buffer.byteLength(key ?? '');
  for (const [name, text] of Object.entries(headers)) bytes += 10 + Buffer.byteLength(name) + Buffer.byteLength(text);
  return bytes;
}

/** Of a header that comes several times, the last counts. */
function readHeaders(headers: IHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      (Array.isArray(value) ? value.at(-1) : value)?.toString() ?? '',
    ]),
  );
}
