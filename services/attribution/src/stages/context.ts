import type { Bus } from '@referral/bus';
import type { ProgramTerms } from '@referral/contracts';
import type { BoundedMap } from '@referral/processing';
import type { Store } from '@referral/store';

/** What every stage of this service works with. */
export interface Context {
  readonly store: Store;
  readonly bus: Bus;
  now(): number;
  /** How long an event may wait for a code or a profile, in milliseconds. */
  readonly latenessMs: number;
  /** The terms of programme versions that were looked up, by `tenant:version`. */
  readonly knownTerms: BoundedMap<ProgramTerms>;
}
