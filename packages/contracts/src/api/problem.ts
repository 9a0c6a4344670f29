import { z } from 'zod';
import { instant } from '../scalars.ts';

/** What every refusal and every failure is answered with (RFC 9457), as `application/problem+json`. */
export const problemBody = z.object({
  type: z.string().meta({ description: 'Stays the same for ever: what a program decides on.' }),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  errors: z
    .array(z.object({ path: z.string().meta({ description: 'Empty for the whole.' }), message: z.string() }))
    .optional()
    .meta({ description: 'One per fault of the request.' }),
  request_id: z.string().meta({ description: 'The same as the header `X-Request-Id`; it stands in our logs.' }),
});

/** 412 of what has versions: whose change the request has not seen. */
export const preconditionFailedBody = problemBody.extend({
  version: z.int().nonnegative().meta({ description: 'The one that is in force; 0 when none was ever saved.' }),
  changed_at: instant.optional(),
  changed_by: z.string().optional(),
});
