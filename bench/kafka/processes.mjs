import { fork } from 'node:child_process';
import { once } from 'node:events';

const observer = new URL('./observed.mjs', import.meta.url).href;

/** A measured process. It ends with this one. */
export function startProcess(file, args, env) {
  const child = fork(file, args, { env, execArgv: ['--max-semi-space-size=64', '--import', observer] });
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ${args.join(' ')} ended with ${code}`);
  });
  exited.catch(() => undefined);
  const answered = async () => {
    const [{ answer }] = await Promise.race([once(child, 'message'), exited]);
    return answer;
  };
  return {
    /** @returns its next answer */
    answered,
    /** @returns its answer */
    ask(message) {
      const answer = answered();
      child.send(message);
      return answer;
    },
    exited,
    async stop() {
      child.kill('SIGTERM');
      await exited.catch(() => undefined);
    },
  };
}

/** What processes have used while `work` was done, and what it returned. */
export async function whatIsUsed(processes, work) {
  const usage = () => Promise.all(processes.map((one) => one.ask({ ask: 'usage' })));
  const before = await usage();
  const result = await work();
  const after = await usage();
  return {
    result,
    cpuSeconds: after.map(({ cpuSeconds }, at) => cpuSeconds - before[at].cpuSeconds),
    activeSeconds: after.map(({ activeSeconds }, at) => activeSeconds - before[at].activeSeconds),
    counts: after.map(({ counts }, at) => difference(counts, before[at].counts)),
  };
}

function difference(after, before) {
  if (typeof after === 'number') return after - (before ?? 0);
  return Object.fromEntries(Object.entries(after).map(([name, value]) => [name, difference(value, before?.[name])]));
}
