import type { Document, Store } from '@referral/store';
import { type AnalyticsFact, facts } from './collections.ts';
import { type Bucket, bucketsIn, type Period, tenantGrains } from './domain/buckets.ts';
import { csvLine } from './domain/csv.ts';
import { isExcluded } from './domain/facts.ts';
import { type Amount, revenueOf } from './domain/figures.ts';
import type { Generations } from './generations.ts';
import { pagesOf } from './pages.ts';
import { readFigures } from './readings.ts';

const referralsPerPage = 200;
/** Referrals whose orders are read at the same time. */
const atOnce = 20;
const ordersPerPage = 100;

const columns = [
  'referral_id',
  'referrer_customer_id',
  'referee_customer_id',
  'channel',
  'code',
  'status',
  'created_at',
  'converted_at',
];

/**
 * The referrals that were attributed in a period, oldest first, a page of lines at a time; the first holds the names of the
 * columns. There is one of revenue per currency in which the tenant has any: one that appears later is later than `as_of`.
 */
export async function* exportReferrals(
  generations: Generations,
  tenantId: string,
  period: Period,
): AsyncGenerator<string> {
  const [ever] = await generations.read((store) => readFigures(store, tenantId, [{ from: null, to: null }]));
  const currencies = ever?.revenue.map(({ currency }) => currency) ?? [];
  let text = csvLine([...columns, ...currencies.map((currency) => `revenue_${currency}`)]);
  for (const bucket of bucketsIn(period, tenantGrains)) {
    for (const prefix of prefixesOf(tenantId, bucket)) {
      let cursor: string | undefined;
      do {
        const page = await generations.read((store) => linesFrom(store, prefix, cursor, currencies));
        cursor = page.nextCursor;
        if (page.lines === '') continue;
        yield text + page.lines;
        text = '';
      } while (cursor !== undefined);
    }
  }
  if (text !== '') yield text;
}

/** The index lists referrals by the very slots of which buckets consist. */
function* prefixesOf(tenantId: string, { path, first, end }: Bucket): Generator<(string | number)[]> {
  if (!Number.isFinite(end)) yield [tenantId];
  else for (let slot = first; slot < end; slot += 1) yield [tenantId, ...path, slot];
}

/** A page, all of it from one generation: the next one goes on behind the same cursor. */
async function linesFrom(
  store: Store,
  prefix: readonly (string | number)[],
  cursor: string | undefined,
  currencies: readonly string[],
): Promise<{ readonly lines: string; readonly nextCursor: string | undefined }> {
  const options = { index: 'referrals', prefix, direction: 'ascending', limit: referralsPerPage } as const;
  const { items, nextCursor } = await store.page(facts, { ...options, ...(cursor === undefined ? {} : { cursor }) });
  let lines = '';
  for (let at = 0; at < items.length; at += atOnce) {
    const some = items.slice(at, at + atOnce).map((fact) => lineOf(store, fact, currencies));
    lines += (await Promise.all(some)).join('');
  }
  return { lines, nextCursor };
}

async function lineOf(
  store: Store,
  { id, body: { referral, status } }: Document<AnalyticsFact>,
  currencies: readonly string[],
): Promise<string> {
  if (!referral || !status) return '';
  const revenue = isExcluded(status) ? [] : await readRevenue(store, id);
  const amounts = new Map(revenue.map(({ currency, amount }) => [currency, amount]));
  return csvLine([
    referral.referral_id,
    referral.referrer_customer_id,
    referral.referee_customer_id,
    referral.channel,
    referral.code,
    status,
    toUtc(referral.attributed_at),
    referral.converted_at === undefined ? '' : toUtc(referral.converted_at),
    ...currencies.map((currency) => amounts.get(currency) ?? 0),
  ]);
}

/** What the orders of a referral come to. */
async function readRevenue(store: Store, referralFact: string): Promise<Amount[]> {
  const sums = new Map<string, number>();
  for await (const page of pagesOf(store, facts, { index: 'orders', prefix: [referralFact], limit: ordersPerPage })) {
    for (const { body } of page) {
      if (!body.order) continue;
      const name = `${body.order.currency}_revenue`;
      sums.set(name, (sums.get(name) ?? 0) + body.order.net_amount);
    }
  }
  return revenueOf(sums);
}

function toUtc(at: string): string {
  return new Date(at).toISOString();
}
