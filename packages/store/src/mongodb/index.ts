export type { MongoStoreOptions } from './mongo-connection.ts';
export { openMongoStore } from './mongo-store.ts';
