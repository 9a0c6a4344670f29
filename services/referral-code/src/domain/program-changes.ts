import type { ApiProgram, ProgramChange } from '@referral/contracts';

type Setting = string | number | boolean;
type Settings = Setting | null | undefined | readonly Settings[] | { readonly [name: string]: Settings };

/** Every single setting in which two programmes differ, in the order of the newer one. What is null is not set. */
export function changesBetween(before: ApiProgram, after: ApiProgram): ProgramChange[] {
  const [were, are] = [new Map(settingsOf(before)), new Map(settingsOf(after))];
  return [...new Set([...are.keys(), ...were.keys()])]
    .map((path) => ({ path, before: were.get(path) ?? null, after: are.get(path) ?? null }))
    .filter((change) => change.before !== change.after);
}

function settingsOf(value: Settings, path: readonly string[] = []): [path: string, value: Setting][] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') return [[path.join('.'), value]];
  return Object.entries(value).flatMap(([name, member]) => settingsOf(member, [...path, name]));
}
