import { createLogger } from './logging.ts';

function logInto(lines: string[]) {
  return createLogger({ name: 'test', level: 'info', destination: { write: (line) => lines.push(line) } });
}

describe('the log', () => {
  test('is JSON lines with a readable level and time', () => {
    const lines: string[] = [];
    const logger = logInto(lines);
    logger.info({ topic: 'purchase_completed' }, 'subscribed');
    logger.debug('not wanted');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: 'info',
        name: 'test',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        topic: 'purchase_completed',
        msg: 'subscribed',
      }),
    ]);
  });

  test('holds no credentials, not even those that the error of a library carries', () => {
    const lines: string[] = [];
    const failure = Object.assign(new Error('refused'), {
      config: { headers: { authorization: 'Bearer hunter2', cookie: 'hunter2' } },
    });
    logInto(lines).error({ err: failure, token: 'hunter2', req: { headers: { 'set-cookie': 'hunter2' } } }, 'failed');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('refused');
    expect(lines[0]).not.toContain('hunter2');
  });
});
