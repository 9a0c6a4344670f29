export { type AuditOptions, type AuditReport, audit, type CheckReport } from './audit.ts';
export type { Check, Finding } from './check.ts';
export type { Engines } from './records.ts';
