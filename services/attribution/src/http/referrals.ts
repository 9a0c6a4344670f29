import { customerKey, deriveId, referralsQuery, refusedQuery, toApiReward } from '@referral/contracts';
import { parseQuery, problems, requireToken, tenantOf } from '@referral/host';
import { type RequestHandler, Router } from 'express';
import { referees, referrals } from '../collections.ts';
import { toInstant } from '../domain/facts.ts';
import { grantedRewards, limitDecision, type ReferralBody } from '../domain/referral.ts';
import { conversionEndsAt } from '../domain/standing.ts';
import type { HttpDeps } from './deps.ts';
import { type People, profilesOf } from './people.ts';
import { searchReferrals } from './referral-search.ts';

/** What admins see of referrals: the list, the attempts that came to nothing, and one referral with its reasons. */
export function referralRoutes(deps: HttpDeps): Router {
  const { store } = deps;
  return Router()
    .get('/api/referrals', requireToken(deps, 'admin'), async (req, res) => {
      const { limit, cursor, status, q } = parseQuery(referralsQuery, req);
      const tenantId = tenantOf(res);
      if (q !== undefined) {
        const found = await searchReferrals(store, { tenantId, q, status }, { limit, cursor });
        const data = found.referrals.map(({ id, body }) => row(id, body, found.people));
        res.json({ data, next_cursor: found.nextCursor });
        return;
      }
      const page = await store.page(referrals, {
        ...(status === undefined
          ? { index: 'listed', prefix: [tenantId] }
          : { index: 'listed_by_status', prefix: [tenantId, status] }),
        direction: 'descending',
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      const people = await profilesOf(
        store,
        page.items.map(({ body }) => body),
      );
      const data = page.items.map(({ id, body }) => row(id, body, people));
      res.json({ data, next_cursor: page.nextCursor ?? null });
    })
    .get('/api/referrals/refused', requireToken(deps, 'admin'), async (req, res) => {
      const { limit, cursor } = parseQuery(refusedQuery, req);
      const page = await store.page(referees, {
        index: 'refused',
        prefix: [tenantOf(res)],
        direction: 'descending',
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      const data = page.items.flatMap(({ body }) =>
        body.refusals.toReversed().map(({ event_id, at, reason, code }) => ({
          event_id,
          referee_customer_id: body.customer_id,
          ...(code === undefined ? {} : { code }),
          reason,
          at: toInstant(at),
          decision_id: deriveId('dec', body.tenant_id, body.customer_id, event_id),
        })),
      );
      res.json({ data, next_cursor: page.nextCursor ?? null });
    })
    .get('/api/referrals/:id', onlyReferralIds, requireToken(deps, 'admin'), async (req, res) => {
      const referral = await store.get(referrals, String(req.params.id).slice(0, 128));
      const tenantId = tenantOf(res);
      if (!referral || referral.body.tenant_id !== tenantId) throw problems.notFound('There is no such referral.');
      const { verdict, terms } = referral.body;
      const [people, referee] = await Promise.all([
        profilesOf(store, [referral.body]),
        store.get(referees, customerKey(tenantId, verdict.referee_customer_id)),
      ]);
      const byLimits = limitDecision(referral.body);
      res.json({
        ...row(referral.id, referral.body, people),
        converted_at: verdict.converted_at ?? null,
        qualifying: verdict.qualifying ?? null,
        revision: verdict.revision,
        conversion_ends_at: toInstant(conversionEndsAt(Date.parse(verdict.attributed_at), terms)),
        decisions: [...(referee?.body.decisions ?? []), ...(byLimits ? [byLimits] : [])],
        reminders: (referee?.body.nudges ?? [])
          .filter(({ referral_id }) => referral_id === referral.id)
          .map(({ after_hours, due_at, status }) => ({ after_hours, due_at, status })),
        refusals: (referee?.body.refusals ?? []).map((refusal) => ({ ...refusal, at: toInstant(refusal.at) })),
      });
    });
}

/** Other services have calls below the same path. */
const onlyReferralIds: RequestHandler = (req, _res, next) => {
  next(String(req.params.id).startsWith('ref_') ? undefined : 'route');
};

/** The documented fields, then ours. */
function row(id: string, referral: ReferralBody, people: People) {
  const { tenant_id, verdict, status, slot } = referral;
  const granted = grantedRewards(referral);
  const referrer = people.get(customerKey(tenant_id, verdict.referrer_customer_id))?.body;
  const referee = people.get(customerKey(tenant_id, verdict.referee_customer_id))?.body;
  return {
    id,
    referrer_customer_id: verdict.referrer_customer_id,
    referee_customer_id: verdict.referee_customer_id,
    referrer_name: referrer?.name ?? null,
    referrer_email: referrer?.email ?? null,
    referee_name: referee?.name ?? null,
    referee_email: referee?.email ?? null,
    created_at: verdict.attributed_at,
    status,
    channel: verdict.channel,
    code: verdict.code,
    program_version: verdict.program_version,
    referrer_ordinal: slot?.ordinal ?? null,
    rewards_applied: {
      referrer: granted?.referrer ? toApiReward(granted.referrer) : null,
      referee: granted?.referee ? toApiReward(granted.referee) : null,
    },
  };
}
