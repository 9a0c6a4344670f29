import { z } from 'zod';
import { instant } from '../scalars.ts';
import { pageOf, pageQuery } from './paging.ts';
import { apiProgram } from './program.ts';

/** Who changed what of a programme, and when. */

export const programHistoryQuery = z.strictObject(pageQuery);

const setting = z.union([z.string(), z.number(), z.boolean()]).nullable();

export const programChange = z.object({
  path: z
    .string()
    .meta({ description: '`windows.attribution_days`; members of a list by their place: `milestones.0`.' }),
  before: setting.meta({ description: 'Null: it was not set.' }),
  after: setting.meta({ description: 'Null: it is not set any more.' }),
});
export type ProgramChange = z.infer<typeof programChange>;

export const programVersion = z.object({
  version: z.int().positive(),
  effective_at: instant.meta({
    description: 'Referrals that begin from then on are under it; rises with the version.',
  }),
  changed_at: instant,
  changed_by: z.string().meta({ description: 'E-mail or name of the token; `admin` for one that says neither.' }),
  program: apiProgram,
  changes: z.array(programChange).meta({
    description: 'What differs from the version before; of the first one, from the defaults.',
  }),
});

export const programHistoryAnswer = pageOf(programVersion);
