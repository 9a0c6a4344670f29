import { programs, type Terms } from './records/attribution.ts';
import type { Records } from './records.ts';

/** The terms of programme versions, as attribution knows them. */
export type TermsOf = (tenantId: string, version: number) => Terms | undefined;

export async function readTerms(records: Records): Promise<TermsOf> {
  const known = new Map<string, Terms>();
  for await (const { body } of records.read(programs)) {
    for (const { version, terms } of body.versions) known.set(`${body.tenant_id}:${version}`, terms);
  }
  return (tenantId, version) => known.get(`${tenantId}:${version}`);
}
