import type { Check, Finding } from '../check.ts';
import { type Referral, referees, referrals, type Verdict } from '../records/attribution.ts';
import type { Records } from '../records.ts';

export const verdictsAreApplied: Check = {
  name: 'verdicts-are-applied',
  promise: 'Every referral is in the state of its referee’s newest verdict, within the limits of its referrer.',
  find,
};

async function* find(records: Records): AsyncGenerator<Finding> {
  const verdicts = new Map<string, Verdict>();
  for await (const { body } of records.read(referees)) {
    for (const verdict of body.verdicts) verdicts.set(verdict.referral_id, verdict);
  }
  for await (const { id, body } of records.read(referrals)) {
    const verdict = verdicts.get(id);
    verdicts.delete(id);
    const flaw = verdict ? flawOf(body, verdict) : 'no referee has a verdict on it';
    if (flaw !== undefined) yield { id, tenant_id: body.tenant_id, message: flaw };
  }
  for (const [id, { tenant_id, revision }] of verdicts) {
    yield { id, tenant_id, message: `its verdict ${revision} has not reached it` };
  }
}

function flawOf({ verdict: applied, status, slot }: Referral, verdict: Verdict): string | undefined {
  if (applied.revision !== verdict.revision) {
    return `it is at revision ${applied.revision}, its verdict at ${verdict.revision}`;
  }
  const isRefused = verdict.status === 'converted' && slot?.over_limit?.effect === 'neither';
  const due = isRefused ? 'rejected' : verdict.status;
  if (status !== due) return `it is ${status}, where the verdict and the limits say ${due}`;
  if (status === 'converted' && slot === null) return 'it is converted and has no slot of its referrer';
  if (status === 'withdrawn' && slot !== null) return 'it is withdrawn and holds a slot of its referrer';
  return undefined;
}
