export { openEmbeddedStore } from './embedded-store.ts';
export * from './store.ts';
