import { defaultProgram, type ProgramChange } from '@referral/contracts';
import { assert } from '@referral/errors';
import { InvalidCursorError, type Store } from '@referral/store';
import { replacedProgramId, replacedPrograms } from './collections.ts';
import type { ProgramVersion } from './domain/program.ts';
import { changesBetween } from './domain/program-changes.ts';
import { currentProgram } from './programs.ts';

interface HistoryPage {
  readonly versions: readonly (ProgramVersion & { readonly changes: readonly ProgramChange[] })[];
  readonly nextCursor: string | null;
}

/**
 * The versions of a tenant's programme, the newest first, each with what it changed. Versions have no gaps, so a page is
 * known by its numbers.
 * @throws InvalidCursorError for a cursor that names no version which a newer one has replaced
 */
export async function programHistory(
  store: Store,
  tenantId: string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<HistoryPage> {
  const current = await currentProgram(store, tenantId);
  const newest = current?.version ?? 0;
  const first = cursor === undefined ? newest : readCursor(cursor, newest);
  const beyond = Math.max(0, first - limit);
  // One more than the page shows: what its last version is compared with.
  const numbers = Array.from({ length: first - beyond + 1 }, (_, at) => first - at).filter((version) => version > 0);
  const replaced = await store.getMany(
    replacedPrograms,
    numbers.filter((version) => version !== newest).map((version) => replacedProgramId(tenantId, version)),
  );
  const read = numbers.map((number) => {
    const version = number === newest ? current : replaced.get(replacedProgramId(tenantId, number))?.body;
    assert(version, 'a version is kept before another replaces it');
    return version;
  });
  const versions = read.slice(0, limit).map((version, at) => {
    return { ...version, changes: changesBetween(read[at + 1]?.program ?? defaultProgram, version.program) };
  });
  return { versions, nextCursor: beyond > 0 ? writeCursor(beyond) : null };
}

/** A cursor names the version that a page begins with. */
function writeCursor(version: number): string {
  return Buffer.from(String(version)).toString('base64url');
}

function readCursor(text: string, newest: number): number {
  const version = Number(Buffer.from(text, 'base64url').toString());
  const isOurs = Number.isInteger(version) && version > 0 && version < newest && writeCursor(version) === text;
  if (!isOurs) throw new InvalidCursorError('not a cursor of this list');
  return version;
}
