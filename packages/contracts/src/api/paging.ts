import { z } from 'zod';

const limitMessage = 'must be a whole number from 1 to 200';

/** How documents tell it: what a query string spells is a number. */
function asInteger({ jsonSchema }: { readonly jsonSchema: Record<string, unknown> }): void {
  delete jsonSchema.pattern;
  Object.assign(jsonSchema, { type: 'integer', minimum: 1, maximum: 200, default: 50 });
}

/** The query parameters of every list, to spread into a `z.strictObject`. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/, limitMessage)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 200, limitMessage)
    .default(50)
    .meta({ description: 'The most rows in one answer.', override: asInteger }),
  cursor: z
    .string()
    .max(2_048)
    .regex(/^[\w-]+$/, 'must be a cursor that a page before has given')
    .optional()
    .meta({ description: '`next_cursor` of the page before. It is opaque.' }),
};

/** One page of a list. */
export function pageOf<Row extends z.ZodType>(row: Row) {
  return z.object({
    data: z.array(row),
    next_cursor: z.string().nullable().meta({ description: 'Null on the last page.' }),
  });
}
