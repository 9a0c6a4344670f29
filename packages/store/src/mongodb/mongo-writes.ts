import { assert } from '@referral/errors';
import mongoose, { type mongo } from 'mongoose';
import { assertStorable } from '../planned-change.ts';
import type { Change, Outcome } from '../store.ts';
import type { PreparedCollection } from './mongo-collections.ts';
import { codes, collidingIndex, serverFailure, unavailable } from './mongo-errors.ts';
import { missingIndex, versionIndex } from './mongo-indexes.ts';
import { type StoredDocument, storedFields } from './stored-document.ts';

/** A change with everything worked out that can be before it is sent: what must be refused has been refused. */
export interface Write {
  readonly collection: PreparedCollection;
  readonly id: string;
  readonly expectedVersion: number;
  readonly fields: Omit<StoredDocument, '_id'>;
}

/** @throws AssertionFailure for a change that the engine cannot take */
export function planWrite(collection: PreparedCollection, change: Change): Write {
  assertStorable(change);
  const { id, expectedVersion } = change;
  return { collection, id, expectedVersion, fields: storedFields(collection.specs, change) };
}

/** Sends everything at once: for each collection a command that inserts and one that updates, where there is need. */
export async function commitWrites(writes: readonly Write[]): Promise<Outcome[]> {
  const outcomes = new Map<Write, Outcome>();
  const commands = asCommands(writes).map((command) => send(command, outcomes));
  for (const sent of await Promise.allSettled(commands)) {
    if (sent.status === 'rejected') throw sent.reason;
  }
  return writes.map((write) => outcomes.get(write) ?? { status: 'ok' });
}

interface Command {
  readonly collection: PreparedCollection;
  readonly writes: Write[];
}

/** In one bulk, the inserts and the updates of a collection would be sent one after the other. */
function asCommands(writes: readonly Write[]): readonly Command[] {
  const commands = new Map<string, Command>();
  for (const write of writes) {
    const { collection, expectedVersion } = write;
    const key = `${collection.name}/${expectedVersion === 0 ? 'insert' : 'update'}`;
    const command = commands.get(key);
    if (command) command.writes.push(write);
    else commands.set(key, { collection, writes: [write] });
  }
  return [...commands.values()];
}

/**
 * An update of a document that is not at its version becomes, by `upsert`, an insert that collides: with the document or,
 * if there is none, on `missing`. That is how the server tells which of many updates were late, and nothing is written.
 */
function operation({ id, expectedVersion, fields }: Write): mongo.AnyBulkWriteOperation<StoredDocument> {
  if (expectedVersion === 0) return { insertOne: { document: { _id: id, ...fields } } };
  const update = { $set: fields, $setOnInsert: { missing: true } } as const;
  return { updateOne: { filter: { _id: id, version: expectedVersion }, update, upsert: true } };
}

/** Adds the outcomes of those that are not `ok`. */
async function send({ collection, writes }: Command, outcomes: Map<Write, Outcome>): Promise<void> {
  const { documents, name } = collection;
  const { upsertedCount, collisions } = await bulkWrite(documents, writes.map(operation));
  assert(
    upsertedCount === 0,
    `an update of ${name} has inserted: what reserves the missing is gone from the collection`,
  );
  const contested = new Map<Write, Outcome>();
  for (const { index: at, errmsg } of collisions) {
    const write = writes[at];
    assert(write, `the server tells of change ${at} of ${writes.length}`);
    const collided = collidingIndex(errmsg);
    const unique = collection.indexes.find(({ spec, field }) => spec.unique && field === collided);
    assert(unique || documentIndexes.has(collided), `${name} has a unique index that is not ours: ${errmsg}`);
    if (unique) contested.set(write, { status: 'duplicate', index: unique.spec.name });
    else outcomes.set(write, { status: 'stale' });
  }
  if (contested.size === 0) return;
  // A change that collides in several indexes is told of any one. It is stale if its document is at another version.
  const versions = await versionsOf(documents, [...contested.keys()]);
  for (const [write, duplicate] of contested) {
    const isAsExpected = (versions.get(write.id) ?? 0) === write.expectedVersion;
    outcomes.set(write, isAsExpected ? duplicate : { status: 'stale' });
  }
}

/** Collisions in them mean that the document is there at another version or, for an update, that it is not there. */
const documentIndexes: ReadonlySet<string | undefined> = new Set(['_id_', versionIndex, missingIndex]);

interface BulkOutcome {
  readonly upsertedCount: number;
  readonly collisions: readonly mongo.WriteError[];
}

async function bulkWrite(
  documents: mongo.Collection<StoredDocument>,
  operations: mongo.AnyBulkWriteOperation<StoredDocument>[],
): Promise<BulkOutcome> {
  try {
    const { upsertedCount } = await documents.bulkWrite(operations, { ordered: false });
    return { upsertedCount, collisions: [] };
  } catch (error) {
    if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) throw error;
    const writeErrors = [error.writeErrors].flat();
    // Also when it comes with collisions: what was written may be lost again.
    if (error.result.getWriteConcernError()) throw unavailable(error);
    const other = writeErrors.find(({ code }) => code !== codes.duplicateKey);
    if (other) throw serverFailure(other.code, error);
    if (writeErrors.length === 0) throw error;
    return { upsertedCount: error.upsertedCount, collisions: writeErrors };
  }
}

async function versionsOf(
  documents: mongo.Collection<StoredDocument>,
  writes: readonly Write[],
): Promise<ReadonlyMap<string, number>> {
  const ids = writes.map(({ id }) => id);
  const found = documents.find({ _id: { $in: ids } }, { projection: { version: 1 }, batchSize: ids.length + 1 });
  return new Map((await found.toArray()).map(({ _id, version }) => [_id, version]));
}
