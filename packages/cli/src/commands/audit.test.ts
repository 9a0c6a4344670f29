import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedBus } from '@referral/bus';
import { openEmbeddedStore, type Store } from '@referral/store';
import { runCommand } from '../../test/terminal.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'referral-cli-audit-'));
});
afterEach(() => rm(directory, { recursive: true }));

const auditing = (...args: readonly string[]) => runCommand(['audit', '--wait', '0', ...args], { DATA_DIR: directory });

/** A platform that has started, and goes on while `work` runs. */
async function whileRunning(work: (store: Store) => Promise<void>): Promise<void> {
  const bus = openEmbeddedBus({ directory: join(directory, 'log') });
  const store = openEmbeddedStore({ directory: join(directory, 'store') });
  await work(store);
  await store.close();
  await bus.close();
}

test('without anything stored: one line, exit 1', async () => {
  expect(await auditing()).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: `Nothing is stored in ${directory} yet. Start the platform with: npm start\n`,
  });
});

test('a wrong environment is told line by line, exit 78', async () => {
  const { exitCode, stderr } = await runCommand(['audit'], { PORT: 'x' });
  expect([exitCode, stderr]).toEqual([78, 'PORT: expected a whole number from 0 to 65535\n']);
});

test('nothing found: exit 0', () =>
  whileRunning(async () => {
    expect(await auditing('--tenant', 'acme')).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^(\d+) of \1 promises are kept to tenant acme, as of \S+Z\.\n$/),
      stderr: '',
    });
  }));

test('findings are told by their ids, for people or for machines, exit 1', () =>
  whileRunning(async (store) => {
    const collection = { name: 'attribution.codes', indexes: [] };
    await store.prepare([collection]);
    const body = { tenant_id: 'acme', customer_id: 'ann\u0007' };
    await store.commit([{ collection, id: 'acme:KH7N4WP3', expectedVersion: 0, body }]);

    const told = await auditing();
    expect(told).toMatchObject({ exitCode: 1, stderr: 'There is one finding.\n' });
    const [heading, finding, , summary] = told.stdout.split('\n');
    expect(heading).toMatch(/^codes-are-unique: Codes are well-formed/);
    expect(finding).toBe('  acme acme:KH7N4WP3: attribution takes it for ann\uFFFD’s, but nobody has it');
    expect(summary).toMatch(/^\d+ of \d+ promises are kept to all tenants/);

    const { exitCode, stdout } = await auditing('--json');
    expect(exitCode).toBe(1);
    const { checks, under_way } = JSON.parse(stdout);
    expect(under_way).toBe(0);
    expect(checks.filter(({ findings }: { findings: unknown[] }) => findings.length > 0)).toEqual([
      {
        name: 'codes-are-unique',
        promise: expect.any(String),
        findings: [{ id: 'acme:KH7N4WP3', tenant_id: 'acme', message: expect.stringContaining('nobody has it') }],
        more: 0,
      },
    ]);
  }));
