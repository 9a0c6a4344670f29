import { z } from 'zod';

export const configSchema = z.object({
  /** How often leftovers in outboxes are looked for, in milliseconds. */
  OUTBOX_SWEEP_MS: z.coerce.number().int().min(100).max(3_600_000).default(2_000),
  /** An account or discount with this many events waiting takes no further redemption (503) until the bus is back. */
  OUTBOX_MAX_WAITING: z.coerce.number().int().min(1).max(10_000).default(1_000),
});
export type Config = z.output<typeof configSchema>;
