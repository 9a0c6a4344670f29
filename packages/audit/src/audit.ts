import { pause } from '@referral/errors';
import { waitUntilCaughtUp } from './caught-up.ts';
import type { Check, Finding } from './check.ts';
import { checks } from './checks.ts';
import { type Engines, Records } from './records.ts';

export interface AuditOptions {
  /** Opens the engines afresh: every look is at what is stored then. */
  readonly open: () => Promise<Engines>;
  /** Only this tenant's records. */
  readonly tenantId?: string | undefined;
  /** How long the system may take to catch up, in milliseconds, over both looks. */
  readonly waitMs: number;
  /** Between the two looks, in milliseconds. Default 1,000. */
  readonly betweenLooksMs?: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface AuditReport {
  /** When the first look began, RFC 3339. */
  readonly as_of: string;
  /** Absent: all tenants. */
  readonly tenant_id?: string;
  /** What had not been worked through when it was looked at: 0 when the system had caught up. */
  readonly under_way: number;
  readonly checks: readonly CheckReport[];
}

export interface CheckReport {
  readonly name: string;
  readonly promise: string;
  readonly findings: readonly Finding[];
  /** How many more there are than are told. */
  readonly more: number;
}

/** The most findings of one check that are told; the rest is counted. */
const maxFindings = 1_000;
const betweenLooksMs = 1_000;

/**
 * Holds everything that is stored against every check. Reads only, and works while the services run: it waits until they
 * have caught up, and tells what two looks have in common, so that what is in flight is no finding.
 * @throws OperationalError when an engine is away
 */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  const untilMs = performance.now() + options.waitMs;
  const underWay = await waitUntilCaughtUp(options.open, untilMs);
  const startedAt = options.now();
  const first = await look(options, checks);
  const suspicious = checks.filter(({ name }) => (first.get(name)?.length ?? 0) > 0);
  const common = suspicious.length > 0 ? await lookAgain(options, first, suspicious, untilMs) : first;
  return {
    as_of: new Date(startedAt).toISOString(),
    ...(options.tenantId === undefined ? {} : { tenant_id: options.tenantId }),
    under_way: underWay,
    checks: checks.map(({ name, promise }) => {
      const findings = common.get(name) ?? [];
      return {
        name,
        promise,
        findings: findings.slice(0, maxFindings),
        more: Math.max(0, findings.length - maxFindings),
      };
    }),
  };
}

type Found = ReadonlyMap<string, readonly Finding[]>;

async function lookAgain(options: AuditOptions, first: Found, suspicious: readonly Check[], untilMs: number) {
  await pause(options.betweenLooksMs ?? betweenLooksMs);
  await waitUntilCaughtUp(options.open, untilMs);
  const second = await look(options, suspicious);
  return new Map(
    [...second].map(([name, findings]) => {
      const before = new Set(first.get(name)?.map(keyOf));
      return [name, findings.filter((finding) => before.has(keyOf(finding)))];
    }),
  );
}

function keyOf({ tenant_id, id }: Finding): string {
  return `${tenant_id} ${id}`;
}

/** One check after the other: no two hold their records in memory at once. */
async function look({ open, tenantId, now }: AuditOptions, some: readonly Check[]): Promise<Found> {
  const engines = await open();
  try {
    const records = new Records(engines, { tenantId, now: now() });
    const found = new Map<string, readonly Finding[]>();
    for (const { name, find } of some) {
      const findings: Finding[] = [];
      for await (const finding of find(records)) findings.push(finding);
      found.set(name, findings);
    }
    return found;
  } finally {
    await engines.close();
  }
}
