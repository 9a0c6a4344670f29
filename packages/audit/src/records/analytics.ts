import { z } from 'zod';
import { type Counters, counters, fact, fold } from './folds.ts';
import { byPrefix, type Source } from './source.ts';

/** Folds and facts have another generation after each rebuild of the figures. */
const generations = 'analytics.generations';

/** By `tenant:total:…`, `tenant:month:…`, `tenant:day:…`, `tenant:referrer:…`. */
export const figures = {
  collection: 'analytics.folds',
  generations,
  tenantOf: byPrefix,
  // What is kept by slots has its slot in its name here, as where it is counted: `clicks/5`.
  body: fold
    .extend({ slots: z.record(z.string(), counters).default({}) })
    .transform(({ slots, ...body }) => ({ ...body, counters: { ...body.counters, ...inSlots(slots) } })),
} satisfies Source<unknown>;

function inSlots(slots: Readonly<Record<string, Counters>>): Counters {
  return Object.fromEntries(
    Object.entries(slots).flatMap(([name, sums]) =>
      Object.entries(sums).map(([slot, value]) => [`${name}/${slot}`, value]),
    ),
  );
}

const factBody = fact.extend({
  kind: z.string(),
  status: z.string().optional(),
  order: z.object({ tenant_id: z.string(), net_amount: z.number(), currency: z.string() }).optional(),
});

/** What the figures have counted. Whose a fact is follows from the figures that it counts in. */
export const facts = {
  collection: 'analytics.facts',
  generations,
  body: factBody,
  tenantOf(_id: string, body: unknown): string | undefined {
    const [fold] = Object.keys(factBody.safeParse(body).data?.contributions ?? {});
    return fold === undefined ? undefined : byPrefix(fold);
  },
} satisfies Source<unknown>;
