import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTokenVerifier, loadOrCreateSecret } from '@referral/host';
import { runCommand } from '../../test/terminal.ts';

const secret = 'a secret of at least thirty-two bytes';
const env = { AUTH_SECRET: secret };
const verifier = createTokenVerifier({ secret });

async function principal(args: string) {
  const { exitCode, stdout, stderr } = await runCommand(['token', ...args.split(' ')], env);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toMatch(/^[\w.-]+\n$/);
  return verifier.verify(stdout.trim());
}

describe('referral token', () => {
  test('the platform trusts what it prints, for whom it was asked', async () => {
    expect(await principal('platform')).toEqual({ kind: 'admin', tenantId: null, scopes: ['platform'] });
    expect(await principal('platform --tenant acme')).toEqual({
      kind: 'admin',
      tenantId: 'acme',
      scopes: ['platform'],
    });
    expect(await principal('admin --tenant acme')).toEqual({ kind: 'admin', tenantId: 'acme', scopes: [] });
    expect(await principal('service --tenant acme')).toEqual({ kind: 'service', tenantId: 'acme', scopes: [] });
    expect(
      await principal('customer --tenant acme --customer cus_1 --name Ann --email ann@example.com --phone +1555'),
    ).toEqual({
      kind: 'customer',
      tenantId: 'acme',
      customerId: 'cus_1',
      scopes: [],
      name: 'Ann',
      email: 'ann@example.com',
      phone: '+1555',
    });
  });

  test('it is valid for as long as was asked', async () => {
    const { stdout } = await runCommand(['token', 'admin', '--tenant', 'acme', '--ttl-hours', '2'], env);
    const inHours = (hours: number) => ({ now: () => Date.now() + hours * 3_600_000 });
    await expect(createTokenVerifier({ secret }, inHours(1.9)).verify(stdout.trim())).resolves.toBeDefined();
    await expect(createTokenVerifier({ secret }, inHours(2.1)).verify(stdout.trim())).rejects.toThrow();
  });

  test('without AUTH_SECRET it is signed with the secret that the platform keeps in DATA_DIR', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'referral-cli-'));
    try {
      const kept = createTokenVerifier({ secret: loadOrCreateSecret(directory) });
      const { stdout } = await runCommand(['token', 'admin', '--tenant', 'acme'], { DATA_DIR: directory });
      expect(await kept.verify(stdout.trim())).toMatchObject({ kind: 'admin', tenantId: 'acme' });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test.each([
    ['admin', 'a token of kind admin needs --tenant TENANT_ID\n'],
    ['service', 'a token of kind service needs --tenant TENANT_ID\n'],
    ['customer --customer cus_1', 'a token of kind customer needs --tenant TENANT_ID\n'],
    ['customer --tenant acme', 'a token of kind customer needs --customer ID\n'],
  ])(
    '`token %s` lacks something: one line, exit 2, and nothing that could be taken for a token',
    async (args, line) => {
      expect(await runCommand(['token', ...args.split(' ')], env)).toEqual({ exitCode: 2, stdout: '', stderr: line });
    },
  );

  test('where an issuer is trusted, no token can be made here', async () => {
    const issuer = { AUTH_ISSUER: 'https://id.example.com', AUTH_JWKS_URL: 'https://id.example.com/keys' };
    const { exitCode, stdout, stderr } = await runCommand(['token', 'platform'], issuer);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toBe('AUTH_ISSUER is set: tokens come from https://id.example.com, not from here\n');
  });
});
