/** How often a key was counted in its window. */
export interface Counted {
  readonly count: number;
  /** Until the key's window ends. */
  readonly msLeft: number;
}

export interface WindowCounter {
  add(key: string): Counted;
  read(key: string): Counted;
}

interface Window {
  count: number;
  readonly endsAt: number;
}

/**
 * Counts in this process, for each key in a window that begins with its first count. It never holds more than `maxKeys`
 * keys: when there are more, the older half is forgotten, and whoever is forgotten starts anew.
 */
export function createWindowCounter({ windowMs, maxKeys }: { windowMs: number; maxKeys: number }): WindowCounter {
  // Two generations, because removing single keys in the order of their age costs more the more keys there are.
  let younger = new Map<string, Window>();
  let older = new Map<string, Window>();
  let youngerSince = performance.now();

  const windowOf = (key: string, now: number): Window | undefined => {
    const window = younger.get(key) ?? older.get(key);
    return window && window.endsAt > now ? window : undefined;
  };
  /** Once a generation has lasted a window, nothing of the one before it counts any more. */
  const makeRoom = (now: number) => {
    if (younger.size < maxKeys / 2 && now - youngerSince < windowMs) return;
    older = younger;
    younger = new Map();
    youngerSince = now;
  };
  return {
    add(key) {
      const now = performance.now();
      const counting = windowOf(key, now);
      if (counting) {
        counting.count += 1;
        return { count: counting.count, msLeft: counting.endsAt - now };
      }
      makeRoom(now);
      younger.set(key, { count: 1, endsAt: now + windowMs });
      return { count: 1, msLeft: windowMs };
    },
    read(key) {
      const now = performance.now();
      const counting = windowOf(key, now);
      return counting ? { count: counting.count, msLeft: counting.endsAt - now } : { count: 0, msLeft: windowMs };
    },
  };
}
