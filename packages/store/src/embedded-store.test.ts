import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { transform } from '@swc/core';
import { asBinary, open } from 'lmdb';
import { describeDeclarations } from './declaration.contract.ts';
import { openEmbeddedStore } from './embedded-store.ts';
import { describeStore } from './store.contract.ts';
import { type Change, defineCollection, type Store } from './store.ts';

let directory: string;
let store: Store;

async function openInNewFolder(): Promise<void> {
  directory = await mkdtemp(join(tmpdir(), 'embedded-store-'));
  store = openEmbeddedStore({ directory });
}

async function reopen(): Promise<Store> {
  await store.close();
  store = openEmbeddedStore({ directory });
  return store;
}

async function closeAndRemove(): Promise<void> {
  await store.close();
  await rm(directory, { recursive: true });
}

for (const describeContract of [describeStore, describeDeclarations]) {
  describeContract('the embedded store', async () => {
    await openInNewFolder();
    return { store, reopen, close: closeAndRemove };
  });
}

describe('the embedded store', () => {
  const things = defineCollection<{ color?: string }>('things', [{ name: 'by_color', keys: ['color'] }]);

  beforeEach(openInNewFolder);
  afterEach(closeAndRemove);

  const change = (id: string, expectedVersion: number, body: { color?: string }): Change => ({
    collection: things,
    id,
    expectedVersion,
    body,
  });

  test('leaves nothing of a batch behind when the transaction breaks off in its middle', async () => {
    await store.prepare([things]);
    await store.commit([change('a', 0, { color: 'red' }), change('damaged', 0, {}), change('z', 0, {})]);
    await store.close();
    const root = open({ path: directory, noSubdir: false, overlappingSync: false });
    const documents = root.openDB({ name: 'things/documents', keyEncoding: 'binary', useVersions: true });
    await documents.put(Buffer.from('damaged'), asBinary(Buffer.from('no JSON')), 1);
    await root.close();
    store = openEmbeddedStore({ directory });
    await store.prepare([things]);
    const broken = store.commit([change('a', 1, { color: 'blue' }), change('damaged', 1, {}), change('z', 1, {})]);
    const innocent = store.commit([change('new', 0, { color: 'green' })]);
    await expect(broken).rejects.toThrow(/JSON/);
    expect(await innocent).toEqual([{ status: 'ok' }]);
    expect(await store.get(things, 'a')).toEqual({ id: 'a', version: 1, body: { color: 'red' } });
    const page = await store.page(things, { index: 'by_color', prefix: [], direction: 'ascending', limit: 10 });
    expect(page.items.map(({ id }) => id)).toEqual(['new', 'a']);
  });

  test('is unavailable when its folder cannot be opened', async () => {
    await writeFile(join(directory, 'file'), '');
    const opening = () => openEmbeddedStore({ directory: join(directory, 'file', 'folder') });
    expect(opening).toThrow(expect.objectContaining({ name: 'OperationalError', code: 'STORE_UNAVAILABLE' }));
  });
});

describe('the embedded store of a process', () => {
  const numbered = defineCollection<{ number: number }>('numbered', [
    { name: 'by_number', keys: ['lane', 'number'], unique: true },
  ]);
  const counted = defineCollection<{ note: string }>('counted', [{ name: 'by_note', keys: ['note'] }]);
  /** No process outlives a test that fails. */
  const bounded = { timeout: 20_000, killSignal: 'SIGKILL' } as const;
  let program: string;
  let programFolder: string;

  beforeAll(async () => {
    programFolder = await compileProgram();
    program = join(programFolder, 'test/committing-process.ts');
  });
  afterAll(() => rm(programFolder, { recursive: true }));
  beforeEach(openInNewFolder);
  afterEach(closeAndRemove);

  const expectEverything = async (acknowledged: ReadonlyMap<string, number>) => {
    await store.prepare([numbered, counted]);
    for (const [lane, batches] of acknowledged) {
      const count = await store.get(counted, lane);
      expect(count?.version).toBeGreaterThanOrEqual(batches);
      expect(count?.body.note).toBe(`${lane} ${count?.version}`);
      const ids = Array.from({ length: ((count?.version ?? 0) + 1) * 10 }, (_, number) => `${lane}/${number}`);
      const found = [...(await store.getMany(numbered, ids)).keys()];
      expect(found).toEqual(ids.slice(0, -10));
      expect(await idsInIndex(lane)).toEqual(found);
    }
    const notes = await store.page(counted, { index: 'by_note', prefix: [], direction: 'ascending', limit: 10 });
    expect(notes.items.map(({ id }) => id)).toEqual([...acknowledged.keys()].sort());
  };
  const idsInIndex = async (lane: string, cursor?: string): Promise<string[]> => {
    const from = cursor === undefined ? {} : { cursor };
    const list = { index: 'by_number', prefix: [lane], direction: 'ascending', limit: 1_000, ...from } as const;
    const { items, nextCursor } = await store.page(numbered, list);
    return [...items.map(({ id }) => id), ...(nextCursor ? await idsInIndex(lane, nextCursor) : [])];
  };

  test('has everything that was acknowledged before it was killed, and indexes that agree', async () => {
    const acknowledged = new Map<string, number>();
    for (let round = 1; round <= 5; round += 1) {
      await store.close();
      const child = spawn(process.execPath, [program, directory], { ...bounded, stdio: ['ignore', 'pipe', 'inherit'] });
      let acknowledgementsToLive = 3 + Math.floor(Math.random() * 60);
      for await (const line of linesOf(child)) {
        const [lane = '', batch] = line.split(' ');
        acknowledged.set(lane, Number(batch));
        acknowledgementsToLive -= 1;
        if (acknowledgementsToLive === 0) child.kill('SIGKILL');
      }
      expect(acknowledgementsToLive).toBeLessThanOrEqual(0);
      expect(child.signalCode ?? (await once(child, 'exit'))[1]).toBe('SIGKILL');
      store = openEmbeddedStore({ directory });
      await expectEverything(acknowledged);
    }
    expect([...acknowledged.keys()].sort()).toEqual(['a', 'b', 'c']);
  });

  test('says that it is unavailable when the disk takes no more, and has what it acknowledged before', async () => {
    await store.close();
    const command = `ulimit -f 2000; exec "${process.execPath}" "${program}" "${directory}"`;
    const child = spawn('sh', ['-c', command], { ...bounded, stdio: ['ignore', 'pipe', 'ignore'] });
    const acknowledged = new Map<string, number>();
    const ending: string[] = [];
    for await (const line of linesOf(child)) {
      const [lane = '', batch] = line.split(' ');
      if (lane === 'failed' || lane === 'closed') ending.push(line);
      else acknowledged.set(lane, Number(batch));
    }
    expect(ending).toEqual([...Array(3).fill('failed STORE_UNAVAILABLE'), 'closed']);
    expect(acknowledged.size).toBe(3);
    store = openEmbeddedStore({ directory });
    await expectEverything(acknowledged);
  });
});

function linesOf(child: ChildProcess): AsyncIterable<string> {
  if (!child.stdout) throw new Error('the process has no output');
  return createInterface({ input: child.stdout });
}

/**
 * The process and what it imports, as JavaScript. In the repository's own cache folder, where `lmdb` is found; files
 * keep their names, which node loads as CommonJS.
 */
async function compileProgram(): Promise<string> {
  await mkdir('node_modules/.cache', { recursive: true });
  const folder = await mkdtemp('node_modules/.cache/embedded-store-');
  const compile = async (from: string, to: string) => {
    const { code } = await transform(await readFile(from, 'utf8'), {
      filename: from,
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'commonjs' },
    });
    await mkdir(dirname(join(folder, to)), { recursive: true });
    await writeFile(join(folder, to), code);
  };
  const sources = (await readdir('packages/store/src')).filter((name) => /(?<!test|contract)\.ts$/.test(name));
  await Promise.all([
    ...sources.map((name) => compile(`packages/store/src/${name}`, `src/${name}`)),
    compile('packages/store/test/committing-process.ts', 'test/committing-process.ts'),
    compile('packages/errors/src/index.ts', 'node_modules/@referral/errors/index.js'),
    writeFile(join(folder, 'package.json'), '{"type":"commonjs"}'),
  ]);
  return folder;
}
