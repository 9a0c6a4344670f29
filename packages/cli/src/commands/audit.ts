import { type AuditReport, audit, type CheckReport, type Finding } from '@referral/audit';
import { systemClock } from '@referral/host';
import type { Command } from 'commander';
import { openAuditEngines } from '../audit-engines.ts';
import { checkedBy, installationOf, tenantOption, wholeNumberFrom } from '../options.ts';
import { CommandError, type Terminal } from '../terminal.ts';

interface AuditCommandOptions {
  readonly tenant?: string;
  readonly json?: true;
  readonly wait: number;
}

export function addAudit(program: Command, terminal: Terminal): void {
  program
    .command('audit')
    .description('Holds everything that is stored against the promises of the platform, from outside.')
    .addOption(tenantOption())
    .option('--json', 'the report as JSON')
    .option('--wait <seconds>', 'for the system to catch up', checkedBy(wholeNumberFrom(0, 86_400)), 60)
    .addHelpText(
      'after',
      '\nReads only, and works while the platform runs: it waits until everything is worked through, and tells what two\n' +
        'looks have in common. Ends with 0 when nothing is found, with 1 otherwise.',
    )
    .action(async ({ tenant, json, wait }: AuditCommandOptions) => {
      const { config } = installationOf(terminal.env);
      const report = await audit({
        open: () => openAuditEngines(config),
        tenantId: tenant,
        waitMs: wait * 1_000,
        now: () => systemClock.now(),
      });
      terminal.stdout.write(json ? `${JSON.stringify(report)}\n` : textOf(report));
      if (report.under_way > 0) {
        const what = `${report.under_way} events or documents were still to be worked through`;
        terminal.stderr.write(`The platform has not caught up within ${wait} s: ${what}.\n`);
      }
      const count = report.checks.reduce((sum, { findings, more }) => sum + findings.length + more, 0);
      if (count > 0) throw new CommandError(count === 1 ? 'There is one finding.' : `There are ${count} findings.`);
    });
}

function textOf({ as_of, tenant_id, checks }: AuditReport): string {
  const failed = checks.filter(({ findings }) => findings.length > 0);
  const whose = tenant_id === undefined ? 'all tenants' : `tenant ${tenant_id}`;
  const kept = `${checks.length - failed.length} of ${checks.length} promises are kept to ${whose}, as of ${as_of}.`;
  return [...failed.flatMap(linesOf), kept, ''].join('\n');
}

function linesOf({ name, promise, findings, more }: CheckReport): string[] {
  const rest = more > 0 ? [`  and ${more} more`] : [];
  return [`${name}: ${promise}`, ...findings.map(lineOf), ...rest, ''];
}

function lineOf({ id, tenant_id, message }: Finding): string {
  // What is corrupt may hold anything, and a terminal obeys control characters.
  return `  ${tenant_id === undefined ? '' : `${tenant_id} `}${id}: ${message}`.replace(/\p{Cc}/gu, '\uFFFD');
}
