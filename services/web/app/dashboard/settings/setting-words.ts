/** Names of the programme's settings, for its history and for what two admins have changed at the same time. */
const names: Readonly<Record<string, string>> = {
  enabled: 'Programme is on',
  'referrer_reward.type': 'Referrer’s reward',
  'referrer_reward.value': 'Referrer’s reward, value',
  'referee_reward.type': 'New customer’s reward',
  'referee_reward.value': 'New customer’s reward, value',
  'qualifying_event.type': 'Qualifying event',
  'qualifying_event.minimum_amount': 'Minimum spend',
  'limits.max_referrals_per_referrer': 'Most referrals per referrer',
  'limits.cooldown_seconds': 'Cool-down, seconds',
  'limits.over_limit': 'Over a limit',
  'windows.attribution_days': 'Attribution window, days',
  'windows.conversion_days': 'Conversion window, days',
  'windows.reversal_days': 'Refund period, days',
  'attribution.model': 'Attribution',
  new_customers_only: 'New customers only',
  landing_url: 'Landing page',
  referrer_name_display: 'Referrer’s name is shown',
};

const listNames: Readonly<Record<string, string>> = {
  milestones: 'Milestone',
  earning_rules: 'Earning rule',
  nudge_after_hours: 'Reminder, hours',
};

/** @param path `windows.attribution_days`; members of a list by their place: `milestones.0.threshold` */
export function settingName(path: string): string {
  const known = Object.hasOwn(names, path) ? names[path] : undefined;
  if (known) return known;
  const [list = '', place, ...rest] = path.split('.');
  const name = Object.hasOwn(listNames, list) ? listNames[list] : undefined;
  if (!name || place === undefined) return path;
  return [`${name} ${Number(place) + 1}`, ...rest].join(', ').replaceAll('_', ' ');
}

export function settingValue(value: string | number | boolean | null): string {
  if (value === null) return 'not set';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value).replaceAll('_', ' ');
}

type Setting = string | number | boolean;
type Settings = Setting | null | undefined | readonly Settings[] | { readonly [name: string]: Settings };

export interface Difference {
  readonly path: string;
  readonly mine: Setting | null;
  readonly theirs: Setting | null;
}

/** Every single setting in which two programmes differ. */
export function differences(mine: Settings, theirs: Settings): Difference[] {
  const [ours, others] = [new Map(settingsOf(mine)), new Map(settingsOf(theirs))];
  return [...new Set([...ours.keys(), ...others.keys()])]
    .map((path) => ({ path, mine: ours.get(path) ?? null, theirs: others.get(path) ?? null }))
    .filter((one) => one.mine !== one.theirs);
}

function settingsOf(value: Settings, path: readonly string[] = []): [path: string, value: Setting][] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') return [[path.join('.'), value]];
  return Object.entries(value).flatMap(([name, member]) => settingsOf(member, [...path, name]));
}
