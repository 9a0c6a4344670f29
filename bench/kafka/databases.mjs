import { setTimeout as pause } from 'node:timers/promises';
import mongoose from 'mongoose';

/** Collections of the platform that have outboxes. */
const withOutboxes = ['tenants', 'programs', 'codes', 'visitors', 'promos'].map((name) => `referral-code.${name}`);

/** The measuring side of the MongoDB server: a database for each contestant. */
export async function openDatabases(url, run) {
  const connection = await mongoose.createConnection(url).asPromise();
  const named = new Map();
  const open = (name) => connection.getClient().db(named.get(name));
  return {
    /** @returns its URL */
    create(name) {
      named.set(name, `${run}-${name}`);
      return url.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(.*)$/, `$1/${run}-${name}$2`);
    },
    /** How many documents there are. */
    async count(name) {
      const collections = await open(name).listCollections({}, { nameOnly: true }).toArray();
      const counts = await Promise.all(
        collections.map((collection) => open(name).collection(collection.name).estimatedDocumentCount()),
      );
      return counts.reduce((all, one) => all + one, 0);
    },
    async outboxesEmpty(name) {
      const filter = { 'body.outbox_waiting': true };
      for (const collection of withOutboxes) {
        while (await open(name).collection(collection).findOne(filter)) await pause(20);
      }
    },
    /** MongoDB's own builds name their commit; what else speaks its protocol has another speed. */
    async describe() {
      const { version, gitVersion } = await connection.getClient().db('admin').command({ buildInfo: 1 });
      return { says_version: version, is_mongod: gitVersion !== undefined };
    },
    async drop() {
      // The local server sometimes refuses; what was measured is told all the same.
      for (const name of named.keys())
        await open(name)
          .dropDatabase()
          .catch(() => undefined);
      await connection.close();
    },
  };
}
