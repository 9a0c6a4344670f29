import express from 'express';
import request from 'supertest';
import { answerReadiness } from './health.ts';
import { createLogger } from './logging.ts';

test('a check may fail for a while after it has succeeded, but not from the start, and not for long', async () => {
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', level: 'info', destination: { write: (line) => lines.push(line) } });
  let elapsedMs = 0;
  let away = true;
  const check = async () => {
    if (away) throw new Error('the coordinator moves');
  };
  const checks = [{ name: 'bus', check, toleratedMs: 30_000 }];
  const app = express().get(
    '/readyz',
    answerReadiness(checks, logger, () => elapsedMs),
  );
  const statusAt = async (atMs: number) => {
    elapsedMs = atMs;
    return (await request(app).get('/readyz')).status;
  };

  expect(await statusAt(0)).toBe(503);
  away = false;
  expect(await statusAt(10_000)).toBe(200);
  away = true;
  expect(await statusAt(39_999)).toBe(200);
  expect(lines).toHaveLength(2);
  expect(await statusAt(40_000)).toBe(503);
  away = false;
  expect(await statusAt(50_000)).toBe(200);
});
