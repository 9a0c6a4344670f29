import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTypescript } from '../test/run-typescript.ts';
import { loadOrCreateSecret } from './secret.ts';

describe('the secret that an installation makes for itself', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'host-secret-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  test('it is made on first use, kept, and readable by its owner only', () => {
    const fresh = join(dataDir, 'not-there-yet');
    const secret = loadOrCreateSecret(fresh);
    expect(secret).toMatch(/^[\w-]{64}$/);
    expect(loadOrCreateSecret(fresh)).toBe(secret);
    expect(statSync(join(fresh, 'auth-secret')).mode & 0o777).toBe(0o600);
    expect(readdirSync(fresh)).toEqual(['auth-secret']);
  });

  test('another installation has another one', () => {
    expect(loadOrCreateSecret(join(dataDir, 'a'))).not.toBe(loadOrCreateSecret(join(dataDir, 'b')));
  });

  test('processes that start at the same time end with the same one, or half of all tokens would be refused', async () => {
    const startAt = Date.now() + 1_500;
    const children = [1, 2, 3, 4].map(() =>
      runTypescript(`
        const { loadOrCreateSecret } = host('secret.ts');
        while (Date.now() < ${startAt});
        process.stdout.write(loadOrCreateSecret(${JSON.stringify(dataDir)}));
      `),
    );
    const ended = await Promise.all(children.map((child) => child.ended));
    const kept = readFileSync(join(dataDir, 'auth-secret'), 'utf8');
    expect(ended.map(({ code, stdout }) => ({ code, stdout }))).toEqual(ended.map(() => ({ code: 0, stdout: kept })));
  });

  test('a file that is too short to be a secret is refused, without telling what it holds', () => {
    writeFileSync(join(dataDir, 'auth-secret'), 'hunter2');
    expect(() => loadOrCreateSecret(dataDir)).toThrow(/^AUTH_SECRET: expected at least 32 bytes in (?!.*hunter2)/);
  });
});
