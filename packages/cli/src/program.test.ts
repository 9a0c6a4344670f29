import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../test/terminal.ts';

let directory: string;
/** A platform that has just stopped: nothing listens there any more. */
let nobody: string;
beforeAll(async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  nobody = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.close();
  directory = mkdtempSync(join(tmpdir(), 'referral-cli-'));
  writeFileSync(join(directory, 'bad.txt'), '1 0001 19970101 1 5.00\n1 0001 nonsense 1 5.00\n');
  writeFileSync(join(directory, 'good.txt'), '1 0001 19970101 1 5.00\n');
});
afterAll(() => rmSync(directory, { recursive: true }));

const env = () => ({ DATA_DIR: join(directory, 'data'), AUTH_SECRET: 'a secret of at least thirty-two bytes' });

describe('arguments', () => {
  test.each([
    [''],
    ['nonsense'],
    ['token'],
    ['token nobody'],
    ['token admin --tenant acme --nonsense'],
    ['token admin --tenant a:b'],
    ['token admin --tenant acme --ttl-hours 0'],
    ['trigger referral_converted --tenant acme'],
    ['trigger purchase_completed --tenant acme --set amount'],
    ['trigger purchase_completed --tenant acme --data []'],
    ['trigger purchase_completed --tenant acme --url ftp://example.com'],
    ['listen --from yesterday'],
    ['demo --run a/b'],
    ['import cdnow'],
    ['import cdnow f --tenant acme --batch 1001'],
    ['audit --wait soon'],
    ['audit --tenant a:b'],
  ])('`referral %s` shows the help on stderr and ends with 2', async (args) => {
    const { exitCode, stdout, stderr } = await runCommand(args.split(' ').filter(Boolean), env());
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Usage: referral');
  });

  test.each(['token', 'trigger', 'listen', 'demo', 'import cdnow', 'audit'])(
    '`referral %s --help` explains itself',
    async (command) => {
      const { exitCode, stdout, stderr } = await runCommand([...command.split(' '), '--help'], env());
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toContain(`Usage: referral ${command}`);
    },
  );

  test.each([
    ['trigger purchase_completed', 'trigger needs --tenant TENANT_ID\n'],
    ['import cdnow good.txt', 'import needs --tenant TENANT_ID\n'],
    ['trigger purchase_completed --tenant acme --set amount=-1', expect.stringMatching(/^data\.amount: .*\n$/)],
    ['listen nonsense', expect.stringMatching(/^No such topic: nonsense\. There are: .*\n$/)],
    ['import cdnow missing.txt --tenant acme', 'missing.txt cannot be read (ENOENT)\n'],
  ])('`referral %s` is told in one line, exit 2', async (args, stderr) => {
    expect(await runCommand(args.split(' '), env())).toEqual({ exitCode: 2, stdout: '', stderr });
  });

  test('a bad line of a file is told by its number, and nothing is sent', async () => {
    const file = join(directory, 'bad.txt');
    expect(await runCommand(['import', 'cdnow', file, '--tenant', 'acme', '--url', nobody], env())).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `${file}:2: column 3: expected a date YYYYMMDD, found "nonsense"\nNothing was sent.\n`,
    });
  });
});

describe('a platform that is not there', () => {
  test.each(['trigger purchase_completed --tenant acme', 'demo'])(
    '`referral %s` says so and how to start it',
    async (args) => {
      expect(await runCommand([...args.split(' '), '--url', nobody], env())).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: `${nobody} does not answer (ECONNREFUSED). Start the platform with: npm start\n`,
      });
    },
  );

  test('without a log there is nothing to listen to: one line, exit 1', async () => {
    expect(await runCommand(['listen'], env())).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `There is no event log in ${env().DATA_DIR} yet. Start the platform with: npm start\n`,
    });
  });

  test('a wrong environment is told line by line, exit 78', async () => {
    expect(await runCommand(['token', 'platform'], { AUTH_SECRET: 'short', PORT: 'x' })).toEqual({
      exitCode: 78,
      stdout: '',
      stderr: 'PORT: expected a whole number from 0 to 65535\nAUTH_SECRET: expected at least 32 bytes\n',
    });
  });
});
