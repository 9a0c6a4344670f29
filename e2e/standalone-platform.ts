import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueToken, loadOrCreateSecret, type TokenContent } from '@referral/host';
import { freePort } from '@referral/local-engines';
import { callersOf, manageProcess, type Platform, printed } from './platform.ts';

export interface Standalone extends Platform {
  /** What a person reads in the terminal. */
  readonly output: string;
  /** A token as the command line would give it. */
  token(content: TokenContent): Promise<string>;
}

/** All services in one process, with a data folder of its own. @param engines variables that name other engines than the embedded ones */
export async function createStandalone(engines: Readonly<Record<string, string>> = {}): Promise<Standalone> {
  const dataDir = mkdtempSync(join(tmpdir(), 'referral-e2e-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    ...engines,
    PORT: String(port),
    DATA_DIR: dataDir,
    PUBLIC_URL: url,
    RATE_LIMIT_PER_MINUTE: '1000000',
  };
  const server = manageProcess('packages/standalone/dist/main.js', env, printed(/ready in/));
  return {
    url,
    ...callersOf(url, () => loadOrCreateSecret(dataDir), env),
    get output() {
      return server.output;
    },
    token: (content) => issueToken(loadOrCreateSecret(dataDir), content),
    start: () => server.start(),
    async killHard() {
      await server.end('SIGKILL');
    },
    interrupt: async () => [await server.end('SIGINT')],
    async remove() {
      await server.end('SIGKILL');
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
