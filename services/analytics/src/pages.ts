import type { Collection, Document, PageOptions, Store } from '@referral/store';

/** All documents under a prefix of an index, ascending, a page at a time; none of them is empty. */
export async function* pagesOf<Body>(
  store: Store,
  collection: Collection<Body>,
  options: Pick<PageOptions, 'index' | 'prefix' | 'limit'>,
): AsyncGenerator<readonly Document<Body>[]> {
  let from: Pick<PageOptions, 'cursor'> = {};
  for (;;) {
    const { items, nextCursor } = await store.page(collection, { ...options, ...from, direction: 'ascending' });
    if (items.length > 0) yield items;
    if (nextCursor === undefined) return;
    from = { cursor: nextCursor };
  }
}
