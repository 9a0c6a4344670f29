import { runTypescript } from '../test/run-typescript.ts';
import { createLogger } from './logging.ts';
import { createLifecycle, type LifecycleOptions } from './shutdown.ts';

describe('stopping', () => {
  function lifecycleWith(lines: string[], options: LifecycleOptions = {}) {
    const logger = createLogger({ name: 'test', level: 'info', destination: { write: (line) => lines.push(line) } });
    return createLifecycle(logger, options);
  }

  test('goes backwards, each step after the one before it, so that nothing loses what it stands on', async () => {
    const lifecycle = lifecycleWith([]);
    const order: string[] = [];
    const step = (name: string) => async () => {
      await Promise.resolve();
      order.push(`${name} (aborted: ${lifecycle.signal.aborted})`);
    };
    lifecycle.onStop('store', step('store'));
    lifecycle.onStop('consumers', step('consumers'));
    lifecycle.onStop('http', step('http'));
    expect(await lifecycle.stop()).toBe(true);
    expect(order).toEqual(['http (aborted: true)', 'consumers (aborted: true)', 'store (aborted: true)']);
  });

  test('one step that fails or hangs is told by its name and keeps no other from stopping', async () => {
    const lines: string[] = [];
    const lifecycle = lifecycleWith(lines, { timeoutMs: 20 });
    let storeClosed = false;
    lifecycle.onStop('store', () => {
      storeClosed = true;
    });
    lifecycle.onStop('bus', () => new Promise(() => {}));
    lifecycle.onStop('http', () => {
      throw new Error('already closed');
    });
    expect(await lifecycle.stop()).toBe(false);
    expect(storeClosed).toBe(true);
    expect(lines.map((line) => JSON.parse(line).step)).toEqual(['http', 'bus']);
  });

  test('waits for a start that is under way, and stops what that still opened', async () => {
    const lifecycle = lifecycleWith([]);
    let opened = () => {};
    const opening = new Promise<void>((resolve) => {
      opened = resolve;
    });
    const stops: string[] = [];
    const starting = opening.then(() => lifecycle.onStop('store', () => void stops.push('store')));
    const stopped = lifecycle.stop(starting);
    await new Promise(setImmediate);
    opened();
    expect(await stopped).toBe(true);
    expect(stops).toEqual(['store']);
  });

  test('steps that hang share one deadline: what comes after it is still told to stop, and kept waiting by nobody', async () => {
    const lines: string[] = [];
    const lifecycle = lifecycleWith(lines, { allTimeoutMs: 50 });
    const called: string[] = [];
    for (const name of ['store', 'bus', 'consumers', 'http']) {
      lifecycle.onStop(name, () => new Promise(() => called.push(name)));
    }
    const stoppedAt = performance.now();
    expect(await lifecycle.stop()).toBe(false);
    expect(performance.now() - stoppedAt).toBeLessThan(5_000);
    expect(called).toEqual(['http', 'consumers', 'bus', 'store']);
    expect(lines).toHaveLength(4);
  });

  test('a start that only closing the engines can end does not hold it up, and what it opens last is stopped too', async () => {
    const lifecycle = lifecycleWith([], { startPatienceMs: 20 });
    const stops: string[] = [];
    const starting = new Promise<void>((resolve) => {
      lifecycle.onStop('engines', () => {
        stops.push('engines');
        resolve();
      });
    }).then(() => lifecycle.onStop('http', () => void stops.push('http')));
    const stoppedAt = performance.now();
    expect(await lifecycle.stop(starting)).toBe(true);
    expect(performance.now() - stoppedAt).toBeLessThan(5_000);
    expect(stops).toEqual(['engines', 'http']);
  });
});

/** `body` is the start of a process that stays alive until it is stopped. */
function runProcess(body: string, env: Record<string, string> = {}) {
  return runTypescript(
    `const { ConfigError } = host('config.ts');
     host('shutdown.ts').runProcess('test', async (lifecycle) => {
       setInterval(() => {}, 1000);
       lifecycle.onStop('store', () => console.log('store stopped'));
       ${body}
       console.log('started');
     });`,
    env,
  );
}

describe('a process', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('%s stops everything and ends it with 0', async (signal) => {
    const child = runProcess(`lifecycle.onStop('http', () => console.log('http stopped'));`);
    await child.told('started');
    child.kill(signal);
    const { code, stdout } = await child.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'started\nhttp stopped\nstore stopped\n' });
  });

  test('one Ctrl-C that npm doubles still stops in order', async () => {
    const child = runProcess(
      `lifecycle.onStop('http', () => new Promise((resolve) => setTimeout(resolve, 100)).then(() => console.log('http stopped')));`,
    );
    await child.told('started');
    // Two signals of one kind would become one on their way.
    child.kill('SIGINT');
    child.kill('SIGTERM');
    const { code, stdout } = await child.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'started\nhttp stopped\nstore stopped\n' });
  });

  test('who does not want to wait presses Ctrl-C again: it ends at once with 130', async () => {
    const child = runProcess(`lifecycle.onStop('http', () => new Promise(() => console.log('stopping')));`);
    await child.told('started');
    child.kill('SIGINT');
    await child.told('stopping');
    const again = setInterval(() => child.kill('SIGINT'), 50);
    const { code, stdout } = await child.ended;
    clearInterval(again);
    expect({ code, stdout }).toEqual({ code: 130, stdout: 'started\nstopping\n' });
  });

  test('a bad configuration ends it with 78 and its lines, after what was opened is closed again', async () => {
    const child = runProcess(`throw new ConfigError(['PORT: expected this', 'HOST: expected that']);`);
    expect(await child.ended).toEqual({
      code: 78,
      stdout: 'store stopped\n',
      stderr: 'PORT: expected this\nHOST: expected that\n',
    });
  });

  test('any other failure to start ends it with 1 and one line that can be read; the stack is for debugging', async () => {
    const failing = `throw new Error('listen EADDRINUSE:\\n  address already in use');`;
    expect(await runProcess(failing).ended).toEqual({
      code: 1,
      stdout: 'store stopped\n',
      stderr: 'test could not start: listen EADDRINUSE: address already in use\n',
    });
    expect((await runProcess(failing, { LOG_LEVEL: 'debug' }).ended).stdout).toContain('"stack":"Error: listen');
  });

  test.each([
    ['a promise that nobody awaits', `setTimeout(() => void Promise.reject(new Error('forgotten')), 10);`],
    ['an exception that nobody catches', `setTimeout(() => { throw new Error('forgotten'); }, 10);`],
  ])('%s is logged, and the process stops in order with 1: its state is unknown', async (_what, body) => {
    const { code, stdout } = await runProcess(body).ended;
    expect(code).toBe(1);
    expect(stdout).toContain('"level":"fatal"');
    expect(stdout).toContain('forgotten');
    expect(stdout).toContain('store stopped\n');
  });
});
