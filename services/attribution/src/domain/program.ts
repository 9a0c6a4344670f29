import type { ProgramTerms } from '@referral/contracts';

/** A tenant's programme, every version of it, as this service knows it. */
export interface ProgramBody {
  readonly tenant_id: string;
  /** By version, ascending. */
  readonly versions: readonly ProgramVersion[];
}

export interface ProgramVersion {
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly effective_at: number;
  readonly terms: ProgramTerms;
}

export function addVersion(body: ProgramBody | undefined, tenantId: string, added: ProgramVersion): ProgramBody {
  if (body?.versions.some(({ version }) => version === added.version)) return body;
  const versions = [...(body?.versions ?? []), added].sort((a, b) => a.version - b.version);
  return { tenant_id: tenantId, versions };
}

/**
 * The version in force at a moment. The first enabled one counts from the beginning of time, so that history can be
 * imported; until there is one, nothing is in force.
 */
export function versionInForce({ versions }: ProgramBody, atMs: number): ProgramVersion | undefined {
  const first = versions.findIndex(({ terms }) => terms.enabled);
  if (first < 0) return undefined;
  return versions.slice(first).findLast(({ effective_at }) => effective_at <= atMs) ?? versions[first];
}
