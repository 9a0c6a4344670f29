import type { Output } from './terminal.ts';

export interface Progress {
  advance(count: number): void;
  /** Takes the line away, until the next advance. */
  clear(): void;
}

const redrawMs = 100;
const clearLine = '\r\u001B[2K';

/** One line that shows how far it is, on a terminal only. */
export function showProgress(output: Output, what: string, total: number, now = () => performance.now()): Progress {
  const startedAt = now();
  let done = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  return {
    advance(count) {
      done += count;
      if (now() - drawnAt < redrawMs) return;
      drawnAt = now();
      redrawLine(output, progressLine(what, done, total, drawnAt - startedAt));
    },
    clear() {
      redrawLine(output, '');
    },
  };
}

/** Replaces the line where the cursor is, on a terminal only. */
export function redrawLine(output: Output, text: string): void {
  if (output.isTTY) output.write(`${clearLine}${text}`);
}

/** `events 42 %, 3100/s, 12 s left` */
function progressLine(what: string, done: number, total: number, elapsedMs: number): string {
  const perSecond = (done * 1_000) / Math.max(1, elapsedMs);
  const left = perSecond > 0 ? `, ${Math.ceil((total - done) / perSecond)} s left` : '';
  return `${what} ${Math.floor((done * 100) / total)} %, ${Math.round(perSecond)}/s${left}`;
}
