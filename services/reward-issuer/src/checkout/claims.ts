import type { RedemptionAnswer } from '@referral/contracts';
import type { Store } from '@referral/store';
import { claims } from '../collections.ts';

/** What an Idempotency-Key stands for. */
export interface ClaimBody {
  readonly tenant_id: string;
  /** Of the body that it came with first. */
  readonly content: string;
  /** What that was answered with, once it was carried out. */
  readonly answer?: RedemptionAnswer;
}

interface Claim extends Pick<ClaimBody, 'tenant_id' | 'content'> {
  readonly id: string;
}

/**
 * Carries out what a key stands for: claimed before, answered after, so that a repeat is answered alike. After a crash in
 * between it is carried out again, which is a repeat to what `work` writes. What was refused may be tried again.
 * @returns `undefined` when the key stands for another body
 */
export async function answeredOnce<Refusal>(
  store: Store,
  { id, ...claim }: Claim,
  work: () => Promise<{ readonly answer: RedemptionAnswer } | Refusal>,
): Promise<{ readonly answer: RedemptionAnswer } | Refusal | undefined> {
  const known = await claimOf(store, id, claim);
  if (known.content !== claim.content) return undefined;
  if (known.answer) return { answer: known.answer };
  const result = await work();
  if (!isAnswered(result)) return result;
  const body: ClaimBody = { ...claim, answer: result.answer };
  const [outcome] = await store.commit([{ collection: claims, id, expectedVersion: claimedVersion, body }]);
  if (outcome?.status === 'ok') return result;
  // Somebody who sent the same was faster: that answer is the one.
  return { answer: (await store.get(claims, id))?.body.answer ?? result.answer };
}

const claimedVersion = 1;

async function claimOf(store: Store, id: string, body: ClaimBody): Promise<ClaimBody> {
  const known = await store.get(claims, id);
  if (known) return known.body;
  const [outcome] = await store.commit([{ collection: claims, id, expectedVersion: 0, body }]);
  return outcome?.status === 'ok' ? body : ((await store.get(claims, id))?.body ?? body);
}

function isAnswered<Refusal>(
  result: { readonly answer: RedemptionAnswer } | Refusal,
): result is { readonly answer: RedemptionAnswer } {
  return typeof result === 'object' && result !== null && 'answer' in result;
}
