import {
  referralAttributed,
  referralConverted,
  referralExpired,
  referralRejected,
  referralReversed,
} from '@referral/contracts';
import { z } from 'zod';
import type { Check, Finding } from '../check.ts';
import { type Referral, referrals } from '../records/attribution.ts';
import type { Records } from '../records.ts';

const topics = [referralAttributed, referralConverted, referralRejected, referralExpired, referralReversed].map(
  ({ type }) => type,
);
const told = z.object({ tenant_id: z.string(), referral_id: z.string(), revision: z.number(), status: z.string() });

export const referralEvents: Check = {
  name: 'referral-events',
  promise: 'Of every referral its attribution and its newest state are published, and nothing that it never was.',
  find,
};

async function* find(records: Records): AsyncGenerator<Finding> {
  const published = new Map<string, Map<string, string>>();
  const isKept = await records.events(topics, ({ type, data }) => {
    const { referral_id, revision, status } = told.parse(data);
    const revisions = published.get(referral_id) ?? new Map<string, string>();
    published.set(referral_id, revisions.set(`${type} ${revision}`, status));
  });
  for await (const { id, body } of records.read(referrals)) {
    const revisions = published.get(id);
    published.delete(id);
    for (const { type, revision, status, at } of expectedOf(body)) {
      const said = revisions?.get(`${type} ${revision}`);
      if (said === undefined && isKept(type, at)) {
        yield { id, tenant_id: body.tenant_id, message: `${type} of revision ${revision} was never published` };
      } else if (said !== undefined && said !== status) {
        const message = `${type} of revision ${revision} says ${said}, the referral ${status}`;
        yield { id, tenant_id: body.tenant_id, message };
      }
    }
    for (const key of revisions?.keys() ?? []) {
      if (Number(key.split(' ')[1]) <= body.verdict.revision) continue;
      const message = `${key} was published, but it is at revision ${body.verdict.revision}`;
      yield { id, tenant_id: body.tenant_id, message };
    }
  }
  for (const [id, revisions] of published) {
    yield { id, message: `${[...revisions.keys()].join(', ')}: published, but there is no such referral` };
  }
}

interface Expected {
  readonly type: string;
  readonly revision: number;
  readonly status: string;
  /** Not later than its publication. */
  readonly at: string;
}

function expectedOf({ verdict, status, has_converted, decided_at }: Referral): Expected[] {
  const { attributed_revision, attributed_at, converted_at, revision } = verdict;
  const attributed: Expected = {
    type: referralAttributed.type,
    revision: attributed_revision,
    status: 'attributed',
    at: attributed_at,
  };
  if (status === 'attributed' && !has_converted) return [attributed];
  const at = decided_at ?? converted_at ?? attributed_at;
  return [attributed, { type: topicOf(status, has_converted), revision, status, at }];
}

function topicOf(status: string, hasConverted: boolean): string {
  if (status === 'converted') return referralConverted.type;
  if (status === 'expired') return referralExpired.type;
  const neverConverted = status === 'rejected' || (status === 'withdrawn' && !hasConverted);
  return neverConverted ? referralRejected.type : referralReversed.type;
}
