import { z } from 'zod';
import { definitionOf } from './catalogue.ts';
import type { CloudEvent, EventDefinition } from './cloud-events.ts';

/** An event as a bus carries it: topic, partition key, bytes, headers. */
export interface EncodedEvent {
  readonly topic: string;
  readonly key: string;
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

interface ReceivedMessage {
  readonly topic: string;
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** The bytes are not an event that this topic may carry. Never heals: the message belongs to the dead letters. */
export class UndecodableEventError extends Error {
  override readonly name = 'UndecodableEventError';
}

const structuredHeaders = { 'content-type': 'application/cloudevents+json' };

/** Structured mode: the whole event as JSON. */
export function encodeEvent<Type extends string, Data extends { tenant_id: string }>(
  definition: Pick<EventDefinition<Type, Data>, 'type' | 'key'>,
  event: CloudEvent<Type, Data>,
): EncodedEvent {
  return {
    topic: definition.type,
    key: definition.key(event.data),
    value: Buffer.from(JSON.stringify(event)),
    headers: structuredHeaders,
  };
}

/**
 * Reads an event in structured or binary mode (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md)
 * and checks it against the contract of its topic.
 * @throws UndecodableEventError that names the members at fault
 */
export function decodeEvent(message: ReceivedMessage): CloudEvent {
  const definition = definitionOf(message.topic);
  if (!definition) throw new UndecodableEventError(`no event is defined for topic ${message.topic}`);
  const json = parseJson(message.value);
  const parsed = definition.check('ce_id' in message.headers ? fromHeaders(message.headers, json) : json);
  if (!parsed.success) throw new UndecodableEventError(describeIssues(parsed.error));
  return parsed.data;
}

/** `data.amount: must be …; id: …`, for logs and dead letters. */
export function describeIssues(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${z.core.toDotPath(path) || '(event)'}: ${message}`).join('; ');
}

function parseJson(value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8'));
  } catch (error) {
    throw new UndecodableEventError(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function fromHeaders(headers: Readonly<Record<string, string>>, data: unknown): Record<string, unknown> {
  const attributes = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith('ce_') ? [[name.slice('ce_'.length), value] as const] : [],
  );
  return { ...Object.fromEntries(attributes), data };
}
