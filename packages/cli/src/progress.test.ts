import { showProgress } from './progress.ts';

function progressOn(isTTY: boolean) {
  const written: string[] = [];
  let now = 0;
  const output = { isTTY, write: (text: string) => written.push(text.replaceAll('\r\u001B[2K', '')) };
  const progress = showProgress(output, 'events', 400, () => now);
  return {
    written,
    progress,
    advance(count: number, atMs: number) {
      now = atMs;
      progress.advance(count);
    },
  };
}

test('on a terminal, one line tells how far it is, how fast and how long it will take, at most ten times a second', () => {
  const { written, progress, advance } = progressOn(true);
  advance(100, 1_000);
  advance(50, 1_050);
  advance(50, 2_000);
  progress.clear();
  expect(written).toEqual(['events 25 %, 100/s, 3 s left', 'events 50 %, 100/s, 2 s left', '']);
});

test('anywhere else nothing is written: a log is no place for a line that is drawn over', () => {
  const { written, progress, advance } = progressOn(false);
  advance(100, 1_000);
  progress.clear();
  expect(written).toEqual([]);
});
