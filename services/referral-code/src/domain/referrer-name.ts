import type { ReferrerNameDisplay } from '@referral/contracts';

/** As much of a referrer's name as the tenant shows to whoever types the code; null: nothing. */
export function displayName(name: string | undefined, display: ReferrerNameDisplay): string | null {
  const words = name?.split(/\s+/).filter(Boolean) ?? [];
  const [first] = words;
  if (first === undefined || display === 'none') return null;
  if (display === 'full') return words.join(' ');
  const [initial] = words.slice(1).at(-1) ?? '';
  return display === 'first' || initial === undefined ? first : `${first} ${initial}.`;
}
