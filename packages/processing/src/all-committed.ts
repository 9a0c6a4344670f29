import type { Change, Store } from '@referral/store';

/** Commits changes, if there are any. @returns false when another writer was faster with one: everything is to be read again */
export async function allCommitted(store: Store, changes: readonly Change[]): Promise<boolean> {
  if (changes.length === 0) return true;
  const outcomes = await store.commit(changes);
  return outcomes.every(({ status }) => status === 'ok');
}
