export * from './all-committed.ts';
export * from './bounded-map.ts';
export * from './decide-documents.ts';
export * from './fold-counters.ts';
export * from './outbox.ts';
export * from './run-every.ts';
export * from './stages.ts';
