import { instant } from '@referral/contracts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Document, DocumentedCall } from './documented-api.ts';

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/**
 * Holds answers against a document. As published, an answer may get further members; here one that nobody has written
 * down is a fault, as is a status, a media type or a missing header.
 */
export function formOf(document: Document) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addFormat('date-time', (text) => instant.safeParse(text).success);
  for (const format of ['date', 'email', 'uri']) ajv.addFormat(format, true);
  ajv.addSchema(Object.assign({ $id: 'document' }, closed(document)));

  /** @returns what is wrong with the answer */
  return function faultsOf(call: DocumentedCall, { status, headers, body }: Answered): unknown[] {
    const documented = call.answers.get(status);
    if (!documented) return [`${call.id} answers ${status}, which is not documented: ${JSON.stringify(body)}`];
    const missing = documented.requiredHeaders.filter((name) => headers[name.toLowerCase()] === undefined);
    const faults = missing.map((name) => `${call.id} ${status} has no header ${name}`);
    if (documented.schemas.size === 0) return faults;
    const mediaType = headers['content-type']?.split(';', 1)[0];
    const pointer = documented.schemas.get(mediaType ?? '');
    if (pointer === undefined) return [...faults, `${call.id} ${status} is ${mediaType}, which is not documented`];
    const validate = ajv.getSchema(`document${pointer}`);
    return validate?.(body) ? faults : [...faults, ...(validate?.errors ?? [])];
  };
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const isObject = 'properties' in copy && 'type' in copy && copy.type === 'object';
  return isObject && !('additionalProperties' in copy) ? { ...copy, additionalProperties: false } : copy;
}
