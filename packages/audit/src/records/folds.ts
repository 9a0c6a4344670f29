import { z } from 'zod';

/** What every fold of the platform looks like, and the facts that it counts. */

export const counters = z.record(z.string(), z.number());
const state = z.object({ revision: z.number(), counters });

export const fold = z.object({ counters, absorbed: z.record(z.string(), state) });
export type Fold = z.infer<typeof fold>;
export type Counters = z.infer<typeof counters>;

export const fact = z.object({ revision: z.number(), contributions: z.record(z.string(), counters) });
export type Fact = z.infer<typeof fact>;
