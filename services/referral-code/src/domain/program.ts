import type { ApiProgram } from '@referral/contracts';

/** The programme as somebody saved it, in the amounts they wrote. */
export interface ProgramVersion {
  readonly version: number;
  /** Rises with the version. */
  readonly effective_at: string;
  readonly changed_at: string;
  readonly changed_by: string;
  readonly program: ApiProgram;
}

export interface ProgramState {
  readonly tenant_id: string;
  readonly current: ProgramVersion;
}

/** The versions that a save may replace; 0: none yet. */
export type Precondition = 'not_needed' | 'missing' | readonly number[];

export interface SaveProgram {
  readonly program: ApiProgram;
  readonly precondition: Precondition;
  readonly changedBy: string;
  readonly nowMs: number;
}

export type SaveDecision =
  | { readonly outcome: 'saved' | 'unchanged'; readonly version: ProgramVersion }
  | { readonly outcome: 'precondition_failed'; readonly current: ProgramVersion | undefined }
  | { readonly outcome: 'precondition_missing' | 'too_many_versions' };

/** Whoever follows a tenant keeps all its versions, so there is an end to them. */
const maxVersions = 10_000;

export function decideSave(current: ProgramVersion | undefined, command: SaveProgram): SaveDecision {
  const { program, precondition, changedBy, nowMs } = command;
  const version = current?.version ?? 0;
  if (precondition === 'missing' && current) return { outcome: 'precondition_missing' };
  if (typeof precondition === 'object' && !precondition.includes(version)) {
    return { outcome: 'precondition_failed', current };
  }
  if (current && sameProgram(current.program, program)) return { outcome: 'unchanged', version: current };
  if (version >= maxVersions) return { outcome: 'too_many_versions' };
  return {
    outcome: 'saved',
    version: {
      version: version + 1,
      effective_at: new Date(current ? Math.max(nowMs, Date.parse(current.effective_at) + 1) : nowMs).toISOString(),
      changed_at: new Date(nowMs).toISOString(),
      changed_by: changedBy,
      program,
    },
  };
}

/** Both have passed the schema, which puts members into one order. */
function sameProgram(a: ApiProgram, b: ApiProgram): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
