export { openEmbeddedReader } from './embedded-reader.ts';
export { openEmbeddedStore } from './embedded-store.ts';
export { forwardTo } from './forward-to.ts';
export type { StoreReader } from './reader.ts';
export * from './store.ts';
