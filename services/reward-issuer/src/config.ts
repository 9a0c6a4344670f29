import { z } from 'zod';

/** The ledger has no settings of its own. */
export const configSchema = z.object({});
