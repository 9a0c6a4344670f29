import { z } from 'zod';
import { fact, fold } from './folds.ts';
import { byMember, byNothing, type Source } from './source.ts';

/** By `tenant:customer`. */
export const codes = {
  collection: 'referral-code.codes',
  tenantOf: byMember,
  body: z.object({ tenant_id: z.string(), customer_id: z.string(), code: z.string() }),
} satisfies Source<unknown>;

/** How many referrals of a referrer are successful. */
export const successFolds = {
  collection: 'referral-code.referrers',
  tenantOf: byNothing,
  body: fold,
} satisfies Source<unknown>;

export const successFacts = {
  collection: 'referral-code.referrals',
  tenantOf: byNothing,
  body: fact,
} satisfies Source<unknown>;

const outbox = z.object({ outbox: z.array(z.object({ topic: z.string() })) });

/** Documents whose events wait inside them until they are published. */
export const outboxes = ['tenants', 'programs', 'codes', 'visitors', 'promos'].map(
  (name): Source<z.infer<typeof outbox>> => ({
    collection: `referral-code.${name}`,
    tenantOf: byMember,
    body: outbox,
  }),
);
