import { z } from 'zod';
import { deriveId } from './ids.ts';
import { identifier, instant, tenantId } from './scalars.ts';

/** CloudEvents 1.0: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */

export interface CloudEvent<Type extends string = string, Data = unknown> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: Type;
  /** RFC 3339. */
  readonly time: string;
  readonly subject?: string | undefined;
  /** The tenant; ours always carry it, foreign ones say it in `data.tenant_id`. */
  readonly tenantid?: string | undefined;
  readonly datacontenttype?: string | undefined;
  /** Names the event's version. */
  readonly dataschema?: string | undefined;
  readonly data: Data;
}

type Direction = 'inbound' | 'outbound' | 'internal';

interface Description<Type extends string> {
  /** The event's type, its topic and the name of its document, in one. */
  readonly type: Type;
  readonly version: number;
  readonly direction: Direction;
  /** The CloudEvents source of what we publish: `/<service>`. Inbound events bring their own. */
  readonly source: string;
  readonly summary: string;
  /** `compact` for topics that are a table: the newest event of each key is kept for ever. */
  readonly retention: { readonly days: number } | 'compact';
}

interface Declaration<Type extends string, Schema extends z.ZodType<{ tenant_id: string }>> extends Description<Type> {
  readonly data: Schema;
  /** The partition key. */
  readonly key: (data: z.output<Schema>) => string;
  /** The id of what the event is about. */
  readonly subject: (data: z.output<Schema>) => string;
}

export interface EventDefinition<
  Type extends string = string,
  Data extends { tenant_id: string } = { tenant_id: string },
> extends Description<Type> {
  readonly dataschema: string;
  /** The whole CloudEvent. Unknown members are dropped. */
  readonly schema: z.ZodType<CloudEvent<Type, Data>>;
  /** Holds a value against `schema`; compiled when it is first called, as hot paths call it for every event. */
  check(value: unknown): z.ZodSafeParseResult<CloudEvent<Type, Data>>;
  key(data: Data): string;
  subject(data: Data): string;
}

/** The data of an event, by its definition: `DataOf<typeof purchaseCompleted>`. */
export type DataOf<Definition> = Definition extends EventDefinition<string, infer Data> ? Data : never;
/** The event itself, by its definition. */
export type EventOf<Definition> =
  Definition extends EventDefinition<infer Type, infer Data> ? CloudEvent<Type, Data> : never;

export function defineEvent<Type extends string, Schema extends z.ZodType<{ tenant_id: string }>>({
  data,
  ...declaration
}: Declaration<Type, Schema>): EventDefinition<Type, z.output<Schema>> {
  const schema = z.object({
    specversion: z.literal('1.0'),
    id: identifier,
    source: z.string().min(1).max(256),
    type: z.literal(declaration.type),
    time: instant,
    subject: z.string().max(512).optional(),
    tenantid: tenantId.optional(),
    datacontenttype: z.string().optional(),
    dataschema: z.string().optional(),
    data,
  });
  const eventSchema = schema as unknown as z.ZodType<CloudEvent<Type, z.output<Schema>>>;
  let compiled: typeof eventSchema | undefined;
  return {
    ...declaration,
    dataschema: `urn:referral:event:${declaration.type}:${declaration.version}`,
    schema: eventSchema,
    check(value) {
      compiled ??= z.compile(eventSchema);
      return compiled.safeParse(value);
    },
  };
}

/**
 * One of our own events. Its id follows from its type and `identity` (what it is about, e.g. referral and revision), so
 * publishing it again is a repeat and not another event.
 * @param occurredAt RFC 3339
 */
export function createEvent<Type extends string, Data extends { tenant_id: string }>(
  definition: EventDefinition<Type, Data>,
  data: Data,
  { identity, occurredAt }: { identity: readonly (string | number)[]; occurredAt: string },
): CloudEvent<Type, Data> {
  return {
    specversion: '1.0',
    id: deriveId('evt', definition.type, data.tenant_id, ...identity),
    source: definition.source,
    type: definition.type,
    time: occurredAt,
    subject: definition.subject(data),
    tenantid: data.tenant_id,
    datacontenttype: 'application/json',
    dataschema: definition.dataschema,
    data,
  };
}
