import { deriveId } from '@referral/contracts';
import { type FactBody, type FoldBody, outboxIndex, type WithOutbox } from '@referral/processing';
import { defineCollection } from '@referral/store';
import type { CodeState } from './domain/code.ts';
import type { ProfileState } from './domain/profile.ts';
import type { ProgramState, ProgramVersion } from './domain/program.ts';
import type { PromosState } from './domain/promos.ts';
import type { Tenant } from './domain/tenant.ts';
import type { VisitorState } from './domain/visitor.ts';

/** By tenant. */
export const tenants = defineCollection<Tenant & WithOutbox>('referral-code.tenants', [
  { name: 'slug', keys: ['slug'], unique: true },
  outboxIndex,
]);

/** By tenant: the version in force. */
export const programs = defineCollection<ProgramState & WithOutbox>('referral-code.programs', [outboxIndex]);

/** By tenant:version: every version that another has replaced. */
export const replacedPrograms = defineCollection<ProgramVersion>('referral-code.replaced-programs', [], {
  writtenOnce: true,
});

/** By tenant:customer. */
export const codes = defineCollection<CodeState & WithOutbox>('referral-code.codes', [
  { name: 'code', keys: ['tenant_id', 'code'], unique: true },
  outboxIndex,
]);

/** By tenant:visitor. */
export const visitors = defineCollection<VisitorState & WithOutbox>('referral-code.visitors', [outboxIndex]);

/** By tenant. */
export const promos = defineCollection<PromosState & WithOutbox>('referral-code.promos', [outboxIndex]);

/** By tenant:customer. */
export const profiles = defineCollection<ProfileState>('referral-code.profiles');

/** By `referrerFoldId`: how many referrals of a referrer are successful. */
export const referrers = defineCollection<FoldBody>('referral-code.referrers');

/** By referral: what it adds to its referrer. */
export const referrals = defineCollection<FactBody>('referral-code.referrals');

export function replacedProgramId(tenantId: string, version: number): string {
  return `${tenantId}:${version}`;
}

/** A fold's id is a member name inside its facts, where a customer's own id might hold a dot. */
export function referrerFoldId(tenantId: string, customerId: string): string {
  return deriveId('rfr', tenantId, customerId);
}

export const withOutboxes = [tenants, programs, codes, visitors, promos];
export const collections = [...withOutboxes, replacedPrograms, profiles, referrers, referrals];
