import { loyaltyPointsPosted, promoCreditPosted, rewardIssued, rewardReversed } from '@referral/contracts';
import { z } from 'zod';
import type { Check, Finding } from '../check.ts';
import { customerOf, entriesOf, isDiscountUnit } from '../ledger.ts';
import type { IsKept, Records } from '../records.ts';

const topics = [rewardIssued, rewardReversed, loyaltyPointsPosted, promoCreditPosted].map(({ type }) => type);
const told = z.object({
  tenant_id: z.string(),
  customer_id: z.string(),
  reward_id: z.string().optional(),
  posting_id: z.string().optional(),
  value: z.number().optional(),
  points: z.number().optional(),
  amount: z.number().optional(),
  currency: z.string().optional(),
});

export const rewardEvents: Check = {
  name: 'reward-events',
  promise: 'Every reward and posting of the journal is published as it was posted, and nothing else is.',
  find,
};

interface Told {
  readonly tenant_id: string;
  readonly text: string;
}

interface Published extends Told {
  isPosted: boolean;
}

async function* find(records: Records): AsyncGenerator<Finding> {
  const published = new Map<string, Published>();
  const isKept = await records.events(topics, ({ type, data }) => {
    const { tenant_id, reward_id, posting_id, customer_id, value, points, amount, currency } = told.parse(data);
    const text = textOf(customer_id, value ?? points ?? amount, currency);
    published.set(`${type} ${reward_id ?? posting_id}`, { tenant_id, text, isPosted: false });
  });
  for await (const { tenant_id, at, issued, reversed, postings } of entriesOf(records)) {
    const expect = (type: string, id: string, text: string, when: string) =>
      flawOf({ type, id, tenant_id, text, at: when }, published, isKept);
    for (const { reward_id, customer_id, value, currency, issued_at } of issued) {
      yield* expect(rewardIssued.type, reward_id, textOf(customer_id, value, currency), issued_at);
    }
    for (const { reward_id, customer_id, value, currency } of reversed) {
      yield* expect(rewardReversed.type, reward_id, textOf(customer_id, value, currency), at);
    }
    for (const { posting_id, account, unit, amount } of postings) {
      const customer = customerOf({ account });
      if (customer === undefined || isDiscountUnit(unit)) continue;
      const isPoints = unit === 'points';
      const topic = isPoints ? loyaltyPointsPosted : promoCreditPosted;
      yield* expect(topic.type, posting_id, textOf(customer, amount, isPoints ? undefined : unit), at);
    }
  }
  for (const [key, { tenant_id, text, isPosted }] of published) {
    if (isPosted) continue;
    const [type = '', id = ''] = key.split(' ');
    yield { id, tenant_id, message: `${type} was published (${text}), but the journal does not have it` };
  }
}

interface Expected extends Told {
  readonly type: string;
  readonly id: string;
  readonly at: string;
}

function* flawOf(expected: Expected, published: ReadonlyMap<string, Published>, isKept: IsKept): Generator<Finding> {
  const { type, id, tenant_id, text, at } = expected;
  const said = published.get(`${type} ${id}`);
  if (said) said.isPosted = true;
  if (!said && isKept(type, at)) yield { id, tenant_id, message: `${type} (${text}) was never published` };
  if (said && said.text !== text) yield { id, tenant_id, message: `${type} says ${said.text}, the journal ${text}` };
}

function textOf(customer: string, amount: number | undefined, currency: string | undefined): string {
  return `${amount}${currency === undefined ? '' : ` ${currency}`} to ${customer}`;
}
