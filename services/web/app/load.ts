import { useCallback, useEffect, useState } from 'react';
import { ApiProblem } from './problem.ts';

export type Loaded<Value> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly problem: ApiProblem; retry(): void }
  | { readonly state: 'ready'; readonly value: Value; reload(): void };

/**
 * Loads something when the page opens, and again on request. An answer that comes after the page has moved on is dropped.
 * @param load must stay the same function as long as it loads the same
 */
export function useLoaded<Value>(load: (signal: AbortSignal) => Promise<Value>): Loaded<Value> {
  const [attempt, setAttempt] = useState(0);
  const [loaded, setLoaded] = useState<Loaded<Value>>({ state: 'loading' });
  const again = useCallback(() => setAttempt((count) => count + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is what makes it load again
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    setLoaded((before) => (before.state === 'ready' ? before : { state: 'loading' }));
    load(signal).then(
      (value) => !signal.aborted && setLoaded({ state: 'ready', value, reload: again }),
      (error: unknown) => {
        if (signal.aborted) return;
        setLoaded({ state: 'failed', problem: toProblem(error), retry: again });
      },
    );
    return () => controller.abort();
  }, [load, attempt, again]);
  return loaded;
}

function toProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  // A programmer's error, which must not look like the network's.
  reportError(error);
  return new ApiProblem(500);
}
