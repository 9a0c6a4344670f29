import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore, type Store } from '@referral/store';
import { openStoredOffsets } from './stored-offsets.ts';

describe('offsets beside the documents', () => {
  let directory: string;
  let store: Store;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'stored-offsets-'));
    store = openEmbeddedStore({ directory });
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  const at = (topic: string, partition: number, offset: string) => ({ topic, partition, offset });

  test('a partition that is not named keeps its offset, also through a restart', async () => {
    const offsets = await openStoredOffsets(store);
    expect(await offsets.load('attribution')).toEqual([]);
    await offsets.save('attribution', [at('a', 0, '5'), at('a', 1, '7')]);
    await offsets.save('analytics', [at('a', 0, '1')]);
    await offsets.save('attribution', [at('a', 1, '9007199254740993'), at('b', 0, '2')]);
    await store.close();
    store = openEmbeddedStore({ directory });
    const again = await openStoredOffsets(store);
    expect(await again.load('attribution')).toEqual([at('a', 0, '5'), at('a', 1, '9007199254740993'), at('b', 0, '2')]);
    expect(await again.load('analytics')).toEqual([at('a', 0, '1')]);
  });

  test('of writers at the same time none undoes another', async () => {
    const offsets = await openStoredOffsets(store);
    await Promise.all(Array.from({ length: 20 }, (_, partition) => offsets.save('g', [at('a', partition, '1')])));
    expect(await offsets.load('g')).toHaveLength(20);
  });
});
