export type { MongoStoreOptions } from './mongo-connection.ts';
export { openMongoReader } from './mongo-reader.ts';
export { openMongoStore } from './mongo-store.ts';
