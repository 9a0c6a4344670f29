import { type Channel, deriveId } from '@referral/contracts';

/** One customer's code, and what the customer has done with it. */
export interface CodeState {
  readonly tenant_id: string;
  readonly customer_id: string;
  /** Never reassigned. */
  readonly code: string;
  readonly created_at: string;
  readonly has_profile: boolean;
  /** How many profiles were told from this customer's tokens. */
  readonly profiles: number;
  /** Of the claims that were told last. */
  readonly claims_digest?: string;
  readonly shares: number;
  /** Of the latest shares that came with one. */
  readonly idempotency_keys: readonly IdempotencyKey[];
}

interface IdempotencyKey {
  readonly key: string;
  readonly channel: Channel;
}

/** What a token says about its customer. */
export interface Claims {
  readonly name?: string;
  readonly email?: string;
  readonly phone?: string;
}

export function createCode(code: {
  readonly tenant_id: string;
  readonly customer_id: string;
  readonly code: string;
  readonly created_at: string;
  readonly has_profile: boolean;
}): CodeState {
  return { ...code, profiles: 0, shares: 0, idempotency_keys: [] };
}

/** Counts one more profile to tell, or returns the very state when these claims were told last. */
export function learnClaims(state: CodeState, { name = '', email = '', phone = '' }: Claims): CodeState {
  const claims_digest = deriveId('clm', name, email, phone);
  return claims_digest === state.claims_digest ? state : { ...state, profiles: state.profiles + 1, claims_digest };
}

export interface Share {
  readonly channel: Channel;
  readonly idempotencyKey?: string;
}

type ShareDecision =
  | { readonly outcome: 'shared'; readonly state: CodeState }
  | { readonly outcome: 'repeated' }
  /** The key stands for a share through another channel. */
  | { readonly outcome: 'key_reused' };

const keptKeys = 50;

export function share(state: CodeState, { channel, idempotencyKey: key }: Share): ShareDecision {
  const known = state.idempotency_keys.find((kept) => kept.key === key);
  if (known) return { outcome: known.channel === channel ? 'repeated' : 'key_reused' };
  const idempotency_keys = key === undefined ? [] : [{ key, channel }];
  return {
    outcome: 'shared',
    state: {
      ...state,
      shares: state.shares + 1,
      idempotency_keys: [...state.idempotency_keys, ...idempotency_keys].slice(-keptKeys),
    },
  };
}
