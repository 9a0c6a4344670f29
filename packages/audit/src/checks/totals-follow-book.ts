import type { Check, Finding } from '../check.ts';
import { book, seals } from '../records/reward-issuer.ts';
import type { Records } from '../records.ts';

export const totalsFollowBook: Check = {
  name: 'totals-follow-book',
  promise: 'Each seal totals what the book has issued, taken back and redeemed up to it.',
  find,
};

type Sums = Readonly<Record<string, number>>;

async function* find(records: Records): AsyncGenerator<Finding> {
  const ofSeal = new Map<string, Record<string, number>>();
  for await (const { body } of records.read(book)) {
    const id = `${body.tenant_id}:${body.seal_number}`;
    const sums = ofSeal.get(id) ?? {};
    ofSeal.set(id, sums);
    for (const { account, unit, amount } of body.postings) {
      if (!account.startsWith('customer:') || unit.startsWith('discount:')) continue;
      const given = amount > 0 ? 'issued' : 'reversed';
      const name = `${unit} ${body.kind === 'redemption' ? 'redeemed' : given}`;
      sums[name] = (sums[name] ?? 0) + Math.abs(amount);
    }
  }
  const told = new Map<string, Sums>([]);
  for await (const { id, body } of records.read(seals)) told.set(id, flat(body.totals));
  for (const [id, totals] of told) {
    const [tenant_id = '', number = ''] = id.split(':');
    const before = told.get(`${tenant_id}:${Number(number) - 1}`) ?? {};
    const own = ofSeal.get(id) ?? {};
    for (const name of new Set([...Object.keys(totals), ...Object.keys(before), ...Object.keys(own)])) {
      const due = (before[name] ?? 0) + (own[name] ?? 0);
      const says = totals[name] ?? 0;
      if (says !== due) yield { id, tenant_id, message: `says ${name} ${says}, with its entries it is ${due}` };
    }
  }
}

function flat(totals: Readonly<Record<string, Sums>>): Sums {
  return Object.fromEntries(
    Object.entries(totals).flatMap(([unit, sums]) =>
      Object.entries(sums).map(([counter, value]): [string, number] => [`${unit} ${counter}`, value]),
    ),
  );
}
