import type { Clock } from '@referral/host';

/** Stands still until a test moves it. */
export class SetClock implements Clock {
  at = Date.parse('2026-01-20T12:00:00Z');
  now() {
    return this.at;
  }
}
