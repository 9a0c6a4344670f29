import { OperationalError } from '@referral/errors';
import { forwardTo, type Store } from '@referral/store';

/** What a store had written when it broke off: the promise of `commit` allows all three. */
export const appliedBeforeCrash = ['nothing', 'half', 'all'] as const;

export interface Crash {
  readonly atCommit: number;
  readonly applied: (typeof appliedBeforeCrash)[number];
}

/** The real store, which goes away during the n-th commit. */
export function interrupt(real: Store, { atCommit, applied }: Crash): Store {
  let commits = 0;
  return {
    ...forwardTo(real),
    async commit(changes) {
      commits += 1;
      if (commits !== atCommit) return real.commit(changes);
      const written = { nothing: 0, half: Math.ceil(changes.length / 2), all: changes.length }[applied];
      await real.commit(changes.slice(0, written));
      throw new OperationalError('STORE_UNAVAILABLE', 'the store went away');
    },
  };
}

/** The real store, each of whose calls waits for `turn` first. */
export function takingTurns(real: Store, turn: (call: string) => Promise<unknown>): Store {
  return {
    ...forwardTo(real),
    async getMany(collection, ids) {
      await turn('getMany');
      return real.getMany(collection, ids);
    },
    async commit(changes) {
      await turn('commit');
      return real.commit(changes);
    },
    async page(collection, options) {
      await turn('page');
      return real.page(collection, options);
    },
  };
}
