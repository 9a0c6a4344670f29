import {
  type CloudEvent,
  customerSignedUp,
  type EventDefinition,
  promoUpdated,
  purchaseCompleted,
  purchaseRefunded,
} from '@referral/contracts';
import type { z } from 'zod';

/** One inbound event from what somebody typed: what is missing gets a sensible value. */

type Members = Readonly<Record<string, unknown>>;

export interface Draft {
  readonly tenantId: string;
  readonly id: string;
  readonly source: string;
  /** RFC 3339. */
  readonly now: string;
  /** Members of the event's data. */
  readonly data: Members;
  /** Single members of it, which win: `promo.code` and a text that may be JSON. */
  readonly settings: readonly Setting[];
}

export interface Setting {
  readonly path: readonly string[];
  readonly text: string;
}

interface Inbound {
  readonly schema: z.ZodType<CloudEvent>;
  readonly defaults: (draft: Draft) => Members;
}

function inbound<Type extends string, Data extends { tenant_id: string }>(
  definition: EventDefinition<Type, Data>,
  defaults: (draft: Draft) => Members,
): readonly [Type, Inbound] {
  return [definition.type, { schema: definition.schema, defaults }];
}

const customerOf = ({ id, tenantId, now }: Draft) => ({
  tenant_id: tenantId,
  customer_id: `cus_${id}`,
  occurred_at: now,
});
const orderOf = (draft: Draft) => ({
  ...customerOf(draft),
  order_id: `order_${draft.id}`,
  amount: 2_500,
  currency: 'USD',
});

const inboundEvents: ReadonlyMap<string, Inbound> = new Map<string, Inbound>([
  inbound(customerSignedUp, customerOf),
  inbound(purchaseCompleted, orderOf),
  inbound(purchaseRefunded, (draft) => ({ ...orderOf(draft), refund_id: `refund_${draft.id}` })),
  inbound(promoUpdated, ({ id, tenantId }) => ({
    tenant_id: tenantId,
    code: `PROMO_${id}`,
    combinable_with_referral: true,
  })),
]);

export const inboundTypes: readonly string[] = [...inboundEvents.keys()];

/**
 * @param type one of `inboundTypes`
 * @returns the event, which its contract has accepted; or a line for each thing that is wrong
 */
export function draftEvent(type: string, draft: Draft): CloudEvent | { readonly faults: readonly string[] } {
  const definition = inboundEvents.get(type);
  if (!definition) return { faults: [`type: must be one of ${inboundTypes.join(', ')}`] };
  const start = { ...definition.defaults(draft), ...draft.data };
  const read = (asText: readonly Setting[]) => {
    const data = draft.settings.reduce(
      (members, setting) =>
        setMember(members, setting.path, asText.includes(setting) ? setting.text : toValue(setting.text)),
      start,
    );
    const { id, source, now } = draft;
    const event = { specversion: '1.0', id, source, type, time: timeOf(data) ?? now, tenantid: draft.tenantId, data };
    return { data, parsed: definition.schema.safeParse(event) };
  };
  // `customer_id=42` is a text that looks like a number: the contract knows.
  const first = read([]);
  const asText = first.parsed.success ? [] : draft.settings.filter(isExpectedText(first.parsed.error));
  const { data, parsed } = asText.length === 0 ? first : read(asText);
  if (!parsed.success)
    return { faults: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) };
  const faults = unknownMembers(data, parsed.data.data, ['data']).map((path) => `${path}: is not a member of ${type}`);
  return faults.length > 0 ? { faults } : parsed.data;
}

function timeOf({ occurred_at }: Members): string | undefined {
  return typeof occurred_at === 'string' ? occurred_at : undefined;
}

function isExpectedText(error: z.ZodError): (setting: Setting) => boolean {
  const paths = error.issues
    .filter((issue) => issue.code === 'invalid_type' && issue.expected === 'string')
    .map((issue) => issue.path.join('.'));
  return ({ path }) => paths.includes(['data', ...path].join('.'));
}

function toValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function setMember(members: Members, [name = '', ...rest]: readonly string[], value: unknown): Members {
  const inner = members[name];
  return { ...members, [name]: rest.length === 0 ? value : setMember(isMembers(inner) ? inner : {}, rest, value) };
}

/** What parsing has dropped: most likely a slip of the finger, which would otherwise go unnoticed. */
function unknownMembers(given: Members, kept: unknown, path: readonly string[]): string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const at = [...path, name];
    if (!isMembers(kept) || !Object.hasOwn(kept, name)) return [at.join('.')];
    return isMembers(value) ? unknownMembers(value, kept[name], at) : [];
  });
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
