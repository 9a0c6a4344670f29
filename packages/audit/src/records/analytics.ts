import { z } from 'zod';
import { fact, fold } from './folds.ts';
import { byPrefix, type Source } from './source.ts';

/** Folds and facts have another generation after each rebuild of the figures. */
const generations = 'analytics.generations';

/** By `tenant:total:…`, `tenant:month:…`, `tenant:day:…`, `tenant:referrer:…`. */
export const figures = {
  collection: 'analytics.folds',
  generations,
  tenantOf: byPrefix,
  body: fold,
} satisfies Source<unknown>;

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
