import { type ProgramTerms, referralId } from '@referral/contracts';
import { toInstant } from './facts.ts';
import type { RefereeBody } from './referee.ts';
import type { Replay } from './replay.ts';
import { conversionEndsAt } from './standing.ts';

const hourMs = 3_600_000;
/** A reminder that is later than this is not sent: whoever imports history writes to nobody. */
const maxNudgeDelayMs = 24 * hourMs;

/** A reminder that a referee has not converted after so many hours: due until it is told, or too late to be told. */
export interface Nudge {
  readonly referral_id: string;
  readonly after_hours: number;
  /** RFC 3339. */
  readonly due_at: string;
  readonly status: 'due' | 'told' | 'dropped';
  /** RFC 3339. */
  readonly conversion_ends_at: string;
  readonly referrer_customer_id: string;
}

type Waiting = Pick<RefereeBody, 'facts' | 'nudges'>;

/** What the clock alone will bring about for a referee, given what is known of it now. */
interface Due {
  readonly nudges: readonly { readonly afterHours: number; readonly at: number }[];
  /** When the end of the conversion window may be judged: not while facts are still coming in. */
  readonly expiryAt: number;
}

function dueOf(body: Waiting, replayed: Replay, terms: ProgramTerms, latenessMs: number): Due | undefined {
  const { attribution, standing } = replayed;
  if (!attribution || standing.status !== 'attributed') return undefined;
  const attributedAt = attribution.fact.at;
  const endsAt = conversionEndsAt(attributedAt, terms);
  const known = new Set(
    (body.nudges ?? []).filter(isOf(attribution.referrer_id)).map(({ after_hours }) => after_hours),
  );
  const lastArrival = body.facts.reduce((latest, { arrived_at }) => Math.max(latest, arrived_at), 0);
  return {
    nudges: terms.nudge_after_hours
      .map((afterHours) => ({ afterHours, at: attributedAt + afterHours * hourMs }))
      .filter(({ afterHours, at }) => at < endsAt && !known.has(afterHours)),
    expiryAt: Math.max(endsAt + 1, lastArrival + latenessMs),
  };
}

const isOf = (referrerId: string) => (nudge: Nudge) => nudge.referrer_customer_id === referrerId;

/** When this referee is to be looked at next, in milliseconds; `undefined` where time alone changes nothing. */
export function nextDueAt(
  body: Waiting,
  replayed: Replay,
  terms: ProgramTerms,
  latenessMs: number,
): number | undefined {
  const due = dueOf(body, replayed, terms, latenessMs);
  return due && Math.min(due.expiryAt, ...due.nudges.map(({ at }) => at));
}

/** What the time has brought about: reminders, and how far it is known to have passed. */
export function passTime(
  body: RefereeBody,
  replayed: Replay,
  terms: ProgramTerms,
  { now, latenessMs }: { readonly now: number; readonly latenessMs: number },
): RefereeBody {
  const due = dueOf(body, replayed, terms, latenessMs);
  const { attribution } = replayed;
  if (!due || !attribution) return body;
  const nudges = due.nudges
    .filter(({ at }) => at <= now)
    .map(
      ({ afterHours, at }): Nudge => ({
        referral_id: referralId(body.tenant_id, attribution.referrer_id, body.customer_id),
        referrer_customer_id: attribution.referrer_id,
        after_hours: afterHours,
        due_at: toInstant(at),
        status: now - at > maxNudgeDelayMs ? 'dropped' : 'due',
        conversion_ends_at: toInstant(conversionEndsAt(attribution.fact.at, terms)),
      }),
    );
  const isOver = due.expiryAt <= now;
  if (nudges.length === 0 && !isOver) return body;
  return {
    ...body,
    ...(nudges.length > 0 ? { nudges: [...(body.nudges ?? []), ...nudges] } : {}),
    ...(isOver ? { time_passed: Math.max(now, body.time_passed ?? 0) } : {}),
  };
}
