import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { definitions } from './services.ts';

const dockerfile = readFileSync('infra/Dockerfile', 'utf8');

test('every service and the command line get their dependencies into the image', () => {
  const workspaces = [...dockerfile.matchAll(/-w (\S+)/g)].map(([, workspace]) => workspace);
  expect(workspaces.sort()).toEqual([...definitions.map(({ name }) => `services/${name}`), 'packages/cli'].sort());
});

test('what the image asks for its health is in it, and its own settings are those of the services', () => {
  const [, script = ''] = /^COPY (infra\/\S+) /m.exec(dockerfile) ?? [];
  expect(existsSync(script)).toBe(true);
  expect(dockerfile).toContain(`CMD ["node", "${script}"]`);
  expect(dockerfile).toContain('ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000');
});

// Installs and builds everything anew, which takes minutes, so only who asks for it gets it.
const isAsked = process.env.CHECK_IMAGE === '1';
(isAsked ? test : test.skip)(
  'what the Dockerfile builds starts, is healthy and stops (needs CHECK_IMAGE=1)',
  () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['infra/check-image.mjs'], { encoding: 'utf8' });
    process.stderr.write(stdout);
    expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
  },
  600_000,
);
