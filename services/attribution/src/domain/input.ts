/**
 * Who an inbound event was about when it came first. Its identity is tenant, source and id, so one document per tenant and
 * id holds a claim per source; another content under a known identity has no effect, whichever customer it names.
 */
export interface InputBody {
  readonly claims: readonly Claim[];
}

export interface Claim {
  readonly source: string;
  readonly type: string;
  /** Absent where the event is about no customer. */
  readonly customer_id?: string;
  /** Hash of what the event says. */
  readonly content: string;
  /** Of what came later under the same identity. */
  readonly conflicting_contents?: readonly string[];
}

const maxConflictsKept = 20;

/** The input with one more claim; the very same when there is nothing new about it. */
export function addClaim(input: InputBody, claim: Claim): InputBody {
  const held = claimOf(input, claim.source);
  if (!held) return { claims: [...input.claims, claim] };
  const conflicts = held.conflicting_contents ?? [];
  const isKnown = held.content === claim.content || conflicts.includes(claim.content);
  if (isKnown || conflicts.length >= maxConflictsKept) return input;
  const conflicting = { ...held, conflicting_contents: [...conflicts, claim.content] };
  return { claims: input.claims.map((one) => (one === held ? conflicting : one)) };
}

export function claimOf(input: InputBody | undefined, source: string): Claim | undefined {
  return input?.claims.find((claim) => claim.source === source);
}
