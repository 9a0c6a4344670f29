import { isOperational } from '@referral/errors';

interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface JoinedCallsOptions extends Partial<Record<'isShared' | 'isOfOne', (error: unknown) => boolean>> {
  readonly gathered?: () => Promise<void>;
}

/** Makes one call at a time. What is added while a call is under way goes into the next one together. */
export class JoinedCalls<T> {
  readonly #call: (items: readonly T[]) => Promise<void>;
  readonly #fitting: (items: readonly T[]) => number;
  readonly #isShared: (error: unknown) => boolean;
  readonly #isOfOne: (error: unknown) => boolean;
  readonly #gathered: () => Promise<void>;
  readonly #waiting: Waiting<T>[] = [];
  #running = false;

  /**
   * @param fitting how many of these, from the first, one call may take: at least 1
   * @param isShared whether a failure of one call is that of all who wait: it would take them as long to learn the same
   * @param isOfOne whether a failure may be the fault of one of those in a call: then each is called for alone
   * @param gathered waited for before each call: who comes meanwhile joins. By default, until the end of the turn
   */
  constructor(
    call: (items: readonly T[]) => Promise<void>,
    fitting: (items: readonly T[]) => number,
    { isShared = () => false, isOfOne = () => false, gathered = async () => {} }: JoinedCallsOptions = {},
  ) {
    this.#call = call;
    this.#fitting = fitting;
    this.#isShared = isShared;
    this.#isOfOne = isOfOne;
    this.#gathered = gathered;
  }

  /** Settles as the call does that takes it. */
  add(item: T): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      await this.#gathered();
      const taken = this.#waiting.splice(0, this.#fitting(this.#waiting.map(({ item }) => item)));
      try {
        await this.#call(taken.map(({ item }) => item));
        for (const { resolve } of taken) resolve();
      } catch (error) {
        if (taken.length > 1 && this.#isOfOne(error)) {
          for (const one of taken) await this.#call([one.item]).then(one.resolve, one.reject);
          continue;
        }
        if (this.#isShared(error)) taken.push(...this.#waiting.splice(0));
        for (const { reject } of taken) reject(error);
      }
    }
    this.#running = false;
  }
}

/**
 * Makes one call at a time. Lists that are given meanwhile go into the next one, up to `maxItems`; none is divided. When a
 * call fails, and not operationally, each of its lists is called with alone, so that only those at fault hear of it.
 */
export function joinLists<T>(
  call: (items: readonly T[]) => Promise<void>,
  maxItems: number,
): (items: readonly T[]) => Promise<void> {
  const countFitting = (lists: readonly (readonly T[])[]) => {
    let items = 0;
    const first = lists.findIndex((list) => {
      items += list.length;
      return items > maxItems;
    });
    return first === -1 ? lists.length : Math.max(1, first);
  };
  const calls = new JoinedCalls<readonly T[]>((lists) => call(lists.flat()), countFitting, {
    isOfOne: (error) => !isOperational(error),
  });
  return (items) => calls.add(items);
}
