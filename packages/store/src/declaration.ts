import { assert } from '@referral/errors';
import type { Collection, IndexSpec } from './store.ts';

/** @throws AssertionFailure for a declaration that no engine takes */
export function assertDeclaration({ name, indexes }: Collection<unknown>): void {
  assert(/^[\w.-]+$/.test(name), `${name} is no name for a collection`);
  for (const index of indexes) {
    assert(/^[\w-]+$/.test(index.name), `${index.name} is no name for an index of ${name}`);
    assert(index.keys.length > 0, `index ${index.name} of ${name} has no keys`);
    for (const path of index.keys) assert(/^[\w.-]+$/.test(path), `index ${index.name} of ${name} has no path ${path}`);
  }
  const names = new Set(indexes.map((index) => index.name));
  assert(names.size === indexes.length, `two indexes of ${name} have one name`);
}

/** Whether entries made for one are entries of the other. */
export function isSameIndex(spec: IndexSpec, other: IndexSpec): boolean {
  const sameKeys = spec.keys.length === other.keys.length && spec.keys.every((path, at) => path === other.keys[at]);
  return spec.name === other.name && sameKeys && Boolean(spec.unique) === Boolean(other.unique);
}
