import { z } from 'zod';
import type { AnyDefinition } from './catalogue.ts';

/** The published JSON Schema (draft 2020-12) of an event: what a foreign publisher or subscriber may rely on. */
export function jsonSchemaOf({ type, version, summary, schema }: AnyDefinition): Record<string, unknown> {
  return {
    ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
    $id: `urn:referral:event:${type}:${version}`,
    title: type,
    description: summary,
  };
}

/** File name of an event's document. */
export function schemaFileName({ type, version }: Pick<AnyDefinition, 'type' | 'version'>): string {
  return `${type}.v${version}.json`;
}
