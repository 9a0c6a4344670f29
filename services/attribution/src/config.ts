import { z } from 'zod';

/** The attribution service needs no variables of its own. */
export const attributionConfig = z.object({});
