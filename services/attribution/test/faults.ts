import type { Bus } from '@referral/bus';
import { OperationalError } from '@referral/errors';
import { forwardTo, type Store } from '@referral/store';

/** Stands before a write: runs it, or fails before or after it took effect. */
type AroundWrite = <T>(write: () => Promise<T>) => Promise<T>;

/** Counts the commits and publications of the services, and lets those fail that are chosen by their number, from 1. */
export function faults(fails: (nth: number) => 'before' | 'after' | undefined) {
  let writes = 0;
  const around: AroundWrite = async (write) => {
    writes += 1;
    const when = fails(writes);
    if (when === undefined) return write();
    if (when === 'after') await write();
    throw new OperationalError('ENGINE_AWAY', `write ${writes} failed ${when} it took effect`);
  };
  return {
    get writes() {
      return writes;
    },
    aroundStore: (store: Store): Store => ({
      ...forwardTo(store),
      commit: (changes) => (changes.length === 0 ? store.commit(changes) : around(() => store.commit(changes))),
    }),
    aroundBus: (bus: Bus): Bus => ({
      ensureTopics: (topics) => bus.ensureTopics(topics),
      publish: (messages) => (messages.length === 0 ? bus.publish(messages) : around(() => bus.publish(messages))),
      consume: (options) => bus.consume(options),
      tail: (options) => bus.tail(options),
      lag: (groups) => bus.lag(groups),
      caughtUp: (groups) => bus.caughtUp(groups),
      close: () => bus.close(),
    }),
  };
}
