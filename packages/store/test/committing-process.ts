import { writeSync } from 'node:fs';
import { isOperational } from '@referral/errors';
import { type Collection, defineCollection, openEmbeddedStore, type Store } from '../src/index.ts';

/**
 * A process that commits batches until it is killed or its store fails, and says on stdout what was acknowledged:
 * `<lane> <batch>` per commit. Lanes commit at the same time. Each batch inserts documents and counts in the document of
 * its lane; a process that finds earlier work goes on behind it.
 */
interface Numbered {
  readonly lane: string;
  readonly number: number;
}

const lanes = ['a', 'b', 'c'];
const numbersPerBatch = 10;

const numbered: Collection<Numbered> = defineCollection('numbered', [
  { name: 'by_number', keys: ['lane', 'number'], unique: true },
]);
const counted: Collection<{ readonly note: string }> = defineCollection('counted', [
  { name: 'by_note', keys: ['note'] },
]);

async function commitInLane(store: Store, lane: string): Promise<never> {
  for (;;) {
    const done = (await store.get(counted, lane))?.version ?? 0;
    const numbers = Array.from({ length: numbersPerBatch }, (_, at) => done * numbersPerBatch + at);
    const outcomes = await store.commit([
      ...numbers.map((number) => ({
        collection: numbered,
        id: `${lane}/${number}`,
        expectedVersion: 0,
        body: { lane, number, text: 'x'.repeat(500) },
      })),
      { collection: counted, id: lane, expectedVersion: done, body: { note: `${lane} ${done + 1}` } },
    ]);
    const refused = outcomes.find(({ status }) => status !== 'ok');
    if (refused) throw new Error(`batch ${done + 1} of lane ${lane}: ${refused.status}`);
    writeSync(1, `${lane} ${done + 1}\n`);
  }
}

/** Where files are limited in size, a write past the limit is to fail, not to end the process. */
process.on('SIGXFSZ', () => {});

const store = openEmbeddedStore({ directory: process.argv[2] ?? '' });
void store
  .prepare([numbered, counted])
  .then(() => Promise.allSettled(lanes.map((lane) => commitInLane(store, lane))))
  .then(async (results) => {
    for (const result of results) {
      const error: unknown = result.status === 'rejected' ? result.reason : undefined;
      writeSync(1, `failed ${isOperational(error) ? error.code : error}\n`);
    }
    await store.close();
    writeSync(1, 'closed\n');
  });
