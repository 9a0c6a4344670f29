import type { StoreReader } from '../reader.ts';
import type { Document } from '../store.ts';
import { connect } from './mongo-connection.ts';
import { asStoreError, unavailable } from './mongo-errors.ts';
import { asDocument, documentMembers, type StoredDocument } from './stored-document.ts';

const pageSize = 1_000;

/**
 * Reads a store in MongoDB. Each page is as it was when it was read: documents that change meanwhile are seen before or
 * after their change.
 * @throws OperationalError `STORE_UNAVAILABLE` when no server answers
 */
export async function openMongoReader({ url, database }: { url: string; database?: string }): Promise<StoreReader> {
  const connection = await translated(connect({ url, ...(database === undefined ? {} : { database }) }));
  let closed: Promise<void> | undefined;

  async function* documents(collection: string): AsyncGenerator<Document<unknown>> {
    const { db } = connection;
    if (!db) throw unavailable(new Error('the reader is closed'));
    const stored = db.collection<StoredDocument>(collection);
    let behind = '';
    for (;;) {
      // Ids are text; what the store keeps for itself is not, and lies outside of the range.
      const found = stored
        .find({ _id: { $gt: behind } }, { sort: { _id: 1 }, limit: pageSize, projection: documentMembers })
        .toArray();
      const page = await translated(found);
      for (const document of page) yield asDocument<unknown>(document);
      const last = page.at(-1);
      if (!last || page.length < pageSize) return;
      behind = last._id;
    }
  }

  return {
    documents,
    close() {
      closed ??= translated(connection.destroy());
      return closed;
    },
  };
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asStoreError(error);
  }
}
