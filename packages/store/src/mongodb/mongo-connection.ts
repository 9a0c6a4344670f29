import mongoose, { type Connection } from 'mongoose';

export interface MongoStoreOptions {
  /** `mongodb://…` or `mongodb+srv://…`. */
  readonly url: string;
  /** Instead of the one that the URL names. */
  readonly database?: string;
  /** How long a call looks for a server that takes writes, in milliseconds. Default 5,000. */
  readonly serverSelectionTimeoutMs?: number;
  /** How long it waits for an answer, and the server for a majority, in milliseconds. Default 20,000. */
  readonly answerTimeoutMs?: number;
  /** Called with the name of every command that is sent, e.g. `update`. */
  readonly onCommand?: (name: string) => void;
}

/**
 * Connects, or fails within the time-outs. What the store promises rests on these settings, so they overrule the URL's
 * (under the very names that it has for them): a write is acknowledged by a majority and from its journal, and a read
 * comes from the primary and sees nothing that a failover could take back, but everything that was acknowledged.
 *
 * Retries are the driver's: on a replica set it numbers its writes, so that a repeat whose first attempt was applied gets
 * the outcome of the first. A server without sessions knows no such numbers and the driver repeats nothing there.
 */
export async function connect(options: MongoStoreOptions): Promise<Connection> {
  const { url, database, serverSelectionTimeoutMs = 5_000, answerTimeoutMs = 20_000, onCommand } = options;
  const connection = mongoose.createConnection(url, {
    ...(database === undefined ? {} : { dbName: database }),
    w: 'majority',
    journal: true,
    wtimeoutMS: answerTimeoutMs,
    readConcernLevel: 'majority',
    readPreference: 'primary',
    ignoreUndefined: true,
    bufferCommands: false,
    autoIndex: false,
    autoCreate: false,
    serverSelectionTimeoutMS: serverSelectionTimeoutMs,
    connectTimeoutMS: serverSelectionTimeoutMs,
    waitQueueTimeoutMS: answerTimeoutMs,
    // A little longer than the server waits, which knows better what happened.
    socketTimeoutMS: answerTimeoutMs + 1_000,
    monitorCommands: onCommand !== undefined,
  });
  try {
    await connection.asPromise();
  } catch (error) {
    await connection.destroy();
    throw error;
  }
  if (onCommand) connection.getClient().on('commandStarted', ({ commandName }) => onCommand(commandName));
  return connection;
}
