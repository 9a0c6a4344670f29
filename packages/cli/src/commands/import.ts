import { readFile } from 'node:fs/promises';
import { assert } from '@referral/errors';
import { issueToken } from '@referral/host';
import type { Command } from 'commander';
import { type CdnowFault, type CdnowPurchase, eventsOf, parseCdnow, referrerIdsOf } from '../cdnow.ts';
import { errorReason } from '../error-reason.ts';
import { makeCodes, sendEvents } from '../import-events.ts';
import { checkedBy, installationOf, required, tenantOption, urlOption, wholeNumberFrom } from '../options.ts';
import { createPatience } from '../patience.ts';
import { showProgress } from '../progress.ts';
import { signingSecret } from '../signing-secret.ts';
import { CommandError, type Terminal, usageExitCode } from '../terminal.ts';
import { waitForAnalytics } from '../wait-for-analytics.ts';

interface ImportOptions {
  readonly tenant?: string;
  readonly url?: string;
  readonly batch: number;
  readonly wait?: true;
}

const maxBatch = 1_000;
const maxFaultsTold = 20;

export function addImport(program: Command, terminal: Terminal): void {
  program
    .command('import')
    .description('Brings history into the platform, as events.')
    .command('cdnow')
    .description('Imports purchases of the music shop CDNOW. Importing the same file again is a repeat.')
    .argument('<file>', 'number in the full data set, customer number here, YYYYMMDD, number of CDs, dollars')
    .addOption(tenantOption())
    .addOption(urlOption())
    .option('--batch <events>', 'events in one request', checkedBy(wholeNumberFrom(1, maxBatch)), maxBatch)
    .option('--wait', 'waits until analytics has caught up, then shows its totals')
    .addHelpText(
      'after',
      `
What is made of the file, for the customer with number c (second column):
  customer id   cdnow_<c>, with four digits: cdnow_0001
  signup        at 00:00:00Z of the day of the customer's first purchase; event id cdnow-signup-<c>
  purchase      the customer's n-th line, n from 1: at 12:00:00Z plus n seconds of its day; order and event id cdnow-<c>-<n>
  referral      an even c signs up with the code of customer 1 + (c mod 40), by whatsapp, email or link for c mod 3 = 0, 1, 2
  source        /import/cdnow; amounts are US dollars`,
    )
    .action((file: string, options: ImportOptions) => importCdnow(file, options, terminal));
}

async function importCdnow(file: string, options: ImportOptions, terminal: Terminal): Promise<void> {
  const { stdout, stderr, env } = terminal;
  const tenantId = required(options.tenant, '--tenant TENANT_ID', 'import');
  const purchases = await readPurchases(file);
  const customers = new Set(purchases.map(({ customer }) => customer)).size;
  const { url, config } = installationOf(env, options.url);
  const secret = signingSecret(config);
  const target = { url, token: await issueToken(secret, { kind: 'service', tenantId }) };
  const startedAt = performance.now();
  const progress = showProgress(stderr, 'events', customers + purchases.length);
  const patience = createPatience((why) => {
    progress.clear();
    stderr.write(`${why}\nTrying again …\n`);
  });
  try {
    const codes = await makeCodes({ url, secret, tenantId, customerIds: referrerIdsOf(purchases), patience });
    const events = eventsOf(purchases, { tenantId, codeOf: codeIn(codes) });
    const onSent = progress.advance;
    const accepted = await sendEvents({ target, events, maxItems: options.batch, patience, onSent });
    progress.clear();
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    stdout.write(
      `customers ${customers}, signups ${customers}, purchases ${purchases.length}, events accepted ${accepted}, seconds ${seconds}\n`,
    );
    if (options.wait) {
      const token = await issueToken(secret, { kind: 'admin', tenantId });
      stdout.write(`${await waitForAnalytics({ url, token }, patience)}\n`);
    }
  } finally {
    progress.clear();
    patience.end();
  }
}

function codeIn(codes: ReadonlyMap<string, string>): (customerId: string) => string {
  return (customerId) => {
    const code = codes.get(customerId);
    assert(code !== undefined, 'the codes of all referrers of the file have been made');
    return code;
  };
}

/** @throws CommandError that says what is wrong with which line */
async function readPurchases(file: string): Promise<readonly CdnowPurchase[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandError(`${file} cannot be read (${errorReason(error)})`, usageExitCode);
  });
  const { purchases, faults } = parseCdnow(text);
  if (faults.length > 0) throw new CommandError(describeFaults(file, faults), usageExitCode);
  return purchases;
}

function describeFaults(file: string, faults: readonly CdnowFault[]): string {
  const told = faults.slice(0, maxFaultsTold).map(({ line, problem }) => `${file}:${line}: ${problem}`);
  const more = faults.length - told.length;
  return [...told, ...(more > 0 ? [`and ${more} more`] : []), 'Nothing was sent.'].join('\n');
}
