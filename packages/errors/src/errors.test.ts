import {
  AssertionFailure,
  assert,
  backoffDelayMs,
  isOperational,
  OperationalError,
  pause,
  retryOperational,
} from './index.ts';

const away = new OperationalError('STORE_UNAVAILABLE', 'the store is away');
const backoff = { firstDelayMs: 1, maxDelayMs: 4 };

test('only an operational failure is one', () => {
  expect([away, new AssertionFailure('x'), new TypeError('x'), undefined].map(isOperational)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

test('an assertion that does not hold is a programmer error', () => {
  expect(() => assert(false, 'entries balance')).toThrow(AssertionFailure);
  expect(() => assert(1, 'holds')).not.toThrow();
});

test('the delay doubles up to its bound', () => {
  expect([1, 2, 3, 4, 100].map((attempt) => backoffDelayMs(backoff, attempt))).toEqual([1, 2, 4, 4, 4]);
});

test('what fails operationally is tried until it heals', async () => {
  const attempts: number[] = [];
  const result = await retryOperational(
    async () => {
      attempts.push(attempts.length);
      if (attempts.length < 4) throw away;
      return 'healed';
    },
    { backoff },
  );
  expect({ result, attempts: attempts.length }).toEqual({ result: 'healed', attempts: 4 });
});

test('anything else is thrown at once', async () => {
  let attempts = 0;
  const broken = async () => {
    attempts += 1;
    throw new TypeError('a bug');
  };
  await expect(retryOperational(broken, { backoff })).rejects.toThrow(TypeError);
  expect(attempts).toBe(1);
});

test('an abort ends both the pause and the retries', async () => {
  const controller = new AbortController();
  const ending = retryOperational(() => Promise.reject(away), {
    signal: controller.signal,
    backoff: { firstDelayMs: 3_600_000, maxDelayMs: 3_600_000 },
  });
  const paused = pause(3_600_000, controller.signal);
  controller.abort();
  await expect(ending).rejects.toBe(away);
  await paused;
});
