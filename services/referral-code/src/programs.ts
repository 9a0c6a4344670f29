import { type ApiProgram, defaultProgram, type InexactAmount, toProgramTerms } from '@referral/contracts';
import { OperationalError } from '@referral/errors';
import type { Store } from '@referral/store';
import { programAnnounced } from './announcements.ts';
import { programs, replacedProgramId, replacedPrograms } from './collections.ts';
import type { Context } from './context.ts';
import { withEvents } from './documents.ts';
import { decideSave, type ProgramVersion, type SaveDecision, type SaveProgram } from './domain/program.ts';
import type { Tenant } from './domain/tenant.ts';

interface ProgramChange extends Omit<SaveProgram, 'program' | 'nowMs'> {
  readonly change: (program: ApiProgram) => ApiProgram;
}

export type SaveProgramResult =
  | SaveDecision
  | { readonly outcome: 'inexact'; readonly amounts: readonly InexactAmount[] };

const maxAttempts = 100;

export async function currentProgram(store: Store, tenantId: string): Promise<ProgramVersion | undefined> {
  return (await store.get(programs, tenantId))?.body.current;
}

/**
 * Saves a programme as the tenant's next version.
 * @throws OperationalError `CONTENTION` when other writers win a hundred times in a row
 */
export async function saveProgram(
  context: Context,
  tenant: Tenant,
  { change, ...command }: ProgramChange,
): Promise<SaveProgramResult> {
  const { store } = context;
  const id = tenant.tenant_id;
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const document = await store.get(programs, id);
    const current = document?.body.current;
    const program = change(current?.program ?? defaultProgram);
    const terms = toProgramTerms(program, tenant.currency);
    if (Array.isArray(terms)) return { outcome: 'inexact', amounts: terms };
    const decision = decideSave(current, { ...command, program, nowMs: context.now() });
    if (decision.outcome !== 'saved') return decision;
    if (current) await keepReplaced(store, id, current);
    const state = { tenant_id: id, current: decision.version };
    const events = [programAnnounced(id, decision.version, terms)];
    const body = withEvents(state, document?.body, events, context.maxWaiting);
    const [outcome] = await store.commit([{ collection: programs, id, expectedVersion: document?.version ?? 0, body }]);
    if (outcome?.status !== 'ok') continue;
    context.publishSoon(programs, id);
    return decision;
  }
  throw new OperationalError('CONTENTION', `${programs.name}: other writers keep winning`);
}

/**
 * Before the version is replaced, so that a crash loses none. A version never changes: that it is kept already, by
 * somebody else who tried to replace it, is as good. Apart from the one in force, because every public call reads that.
 */
async function keepReplaced(store: Store, tenantId: string, version: ProgramVersion): Promise<void> {
  const id = replacedProgramId(tenantId, version.version);
  await store.commit([{ collection: replacedPrograms, id, expectedVersion: 0, body: version }]);
}
