import type { Store } from './store.ts';

/** The same store, in an object of its own: for whoever stands before a store and does some of its calls otherwise. */
export function forwardTo(store: Store): Store {
  return {
    prepare: (collections) => store.prepare(collections),
    get: (collection, id) => store.get(collection, id),
    getMany: (collection, ids) => store.getMany(collection, ids),
    commit: (changes) => store.commit(changes),
    page: (collection, options) => store.page(collection, options),
    scan: (collection, options) => store.scan(collection, options),
    drop: (collections) => store.drop(collections),
    close: () => store.close(),
  };
}
