import type { Bus } from '@referral/bus';
import type { ProgramTerms } from '@referral/contracts';
import type { Store } from '@referral/store';

/** What every stage of this service works with. */
export interface Context {
  readonly store: Store;
  readonly bus: Bus;
  now(): number;
  /** How long an event may wait for a code or a profile, in milliseconds. */
  readonly latenessMs: number;
  /** The terms of programme versions that were looked up, by `tenant:version`. */
  readonly knownTerms: TermsCache;
}

/** A bounded memory of what never changes: what it has lost is read again. */
export class TermsCache {
  readonly #terms = new Map<string, ProgramTerms>();
  readonly #capacity = 1_000;

  has(name: string): boolean {
    return this.#terms.has(name);
  }

  get(name: string): ProgramTerms | undefined {
    return this.#terms.get(name);
  }

  set(name: string, terms: ProgramTerms): void {
    const oldest = this.#terms.size >= this.#capacity ? this.#terms.keys().next() : undefined;
    if (oldest && !oldest.done) this.#terms.delete(oldest.value);
    this.#terms.set(name, terms);
  }
}
