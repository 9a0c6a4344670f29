interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Makes one call at a time. What is added while a call is under way goes into the next one together. */
export class JoinedCalls<T> {
  readonly #call: (items: readonly T[]) => Promise<void>;
  readonly #fitting: (items: readonly T[]) => number;
  readonly #isShared: (error: unknown) => boolean;
  readonly #waiting: Waiting<T>[] = [];
  #running = false;

  /**
   * @param fitting how many of these, from the first, one call may take: at least 1
   * @param isShared whether a failure of one call is that of all who wait: it would take them as long to learn the same
   */
  constructor(
    call: (items: readonly T[]) => Promise<void>,
    fitting: (items: readonly T[]) => number,
    isShared: (error: unknown) => boolean = () => false,
  ) {
    this.#call = call;
    this.#fitting = fitting;
    this.#isShared = isShared;
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
    // Everybody who adds in this turn joins.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const taken = this.#waiting.splice(0, this.#fitting(this.#waiting.map(({ item }) => item)));
      try {
        await this.#call(taken.map(({ item }) => item));
        for (const { resolve } of taken) resolve();
      } catch (error) {
        if (this.#isShared(error)) taken.push(...this.#waiting.splice(0));
        for (const { reject } of taken) reject(error);
      }
    }
    this.#running = false;
  }
}
