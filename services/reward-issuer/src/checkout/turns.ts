/** Lets those who want the same thing work one after the other. */
export type Turns = <Result>(of: string, work: () => Promise<Result>) => Promise<Result>;

/**
 * Within this process only, and for speed alone: what one process does in turns, the store need not refuse. Correct is what
 * happens between processes too, because every write says which version it was decided on.
 */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return async (of, work) => {
    const before = last.get(of);
    const turn = before === undefined ? work() : before.then(work, work);
    last.set(of, turn);
    try {
      return await turn;
    } finally {
      if (last.get(of) === turn) last.delete(of);
    }
  };
}
