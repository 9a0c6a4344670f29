import { z } from 'zod';

/** This service has no settings of its own. */
export const configSchema = z.object({});
