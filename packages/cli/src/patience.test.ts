import { OperationalError } from '@referral/errors';
import { createPatience } from './patience.ts';

const away = () => Promise.reject(new OperationalError('SERVER_UNREACHABLE', 'the platform does not answer'));

test('patience ends when nothing succeeds for too long, so that an import does not hang for ever', async () => {
  const told: string[] = [];
  const patience = createPatience((why) => told.push(why), {
    stalledMs: 50,
    backoff: { firstDelayMs: 1, maxDelayMs: 5 },
  });
  await expect(patience.attempt(away)).rejects.toThrow('Given up after 0.05 s without progress');
  expect(told).toEqual(['the platform does not answer']);
  patience.end();
});

test('what no retry heals is thrown at once', async () => {
  const patience = createPatience(() => {});
  await expect(patience.attempt(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  patience.end();
});
