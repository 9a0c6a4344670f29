import type { Document } from './store.ts';

/**
 * Reads what a store holds from beside it, in whichever process: for audits, which have to see what no index leads to.
 * Knows no declarations, writes nothing, and holds nobody up.
 */
export interface StoreReader {
  /**
   * Every document of a collection, by id; none where there is no such collection. Nobody has checked that the bodies are
   * what the caller takes them for.
   */
  documents(collection: string): AsyncIterable<Document<unknown>>;
  /** Releases the engine. Safe to call twice. */
  close(): Promise<void>;
}
