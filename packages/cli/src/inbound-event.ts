import { type CloudEvent, createEvent, type EventDefinition } from '@referral/contracts';

/** An event as another service of the platform publishes it: under an id and a source of its own. */
export function inboundEvent<Type extends string, Data extends { tenant_id: string }>(
  definition: EventDefinition<Type, Data>,
  data: Data,
  { id, source, occurredAt }: { readonly id: string; readonly source: string; readonly occurredAt: string },
): CloudEvent<Type, Data> {
  return { ...createEvent(definition, data, { identity: [], occurredAt }), id, source };
}
