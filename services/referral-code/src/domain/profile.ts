import type { CloudEvent, customerProfile, DataOf } from '@referral/contracts';
import type { Claims } from './code.ts';

/** What is known of a customer, from the newest profile. Erased: nothing, for ever. */
export type ProfileState = (Claims & { readonly erased: false; readonly learnt: Learnt }) | { readonly erased: true };

/** When, then from which event: a total order, so that the order of arrival does not matter. */
interface Learnt {
  readonly at_ms: number;
  readonly event_id: string;
}

export function learnProfile(
  state: ProfileState | undefined,
  { id, data }: CloudEvent<string, DataOf<typeof customerProfile>>,
): ProfileState {
  if (state?.erased) return state;
  if (data.erased) return { erased: true };
  const learnt = { at_ms: Date.parse(data.learnt_at), event_id: id };
  if (state && !isLater(learnt, state.learnt)) return state;
  return { erased: false, learnt, ...toClaims(data) };
}

/** Name and contact, and nothing else, of what carries them; what is not known is left out. */
export function toClaims({ name, email, phone }: { [claim in keyof Claims]?: string | undefined }): Claims {
  return { ...(name && { name }), ...(email && { email }), ...(phone && { phone }) };
}

function isLater(a: Learnt, b: Learnt): boolean {
  return a.at_ms === b.at_ms ? a.event_id > b.event_id : a.at_ms > b.at_ms;
}
