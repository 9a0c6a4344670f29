import type { DeliveredMessage } from '@referral/bus';
import {
  createEvent,
  customerProfile,
  customerSignedUp,
  type EncodedEvent,
  encodeEvent,
  eventDefinitions,
  loyaltyPointsPosted,
  purchaseCompleted,
  referralConverted,
  rewardIssued,
} from '@referral/contracts';
import fc from 'fast-check';
import picocolors from 'picocolors';
import { describedTypes, eventLine } from './event-line.ts';

const plain = picocolors.createColors(false);
const takenAt = Date.UTC(2026, 2, 20, 12, 0, 1, 204);
const occurredAt = '2026-03-20T12:00:00Z';

function delivered(encoded: Omit<EncodedEvent, 'key'>): DeliveredMessage {
  return { ...encoded, key: null, partition: 3, offset: '12', timestampMs: takenAt };
}

const about = { identity: [], occurredAt };
const reward = {
  tenant_id: 'acme-waste',
  reward_id: 'rwd_1',
  entry_id: 'ent_1',
  referral_id: 'ref_1',
  revision: 2,
  customer_id: 'cus_1',
  side: 'referrer',
  kind: 'referral',
  program_version: 1,
  occurred_at: occurredAt,
} as const;

const converted = {
  tenant_id: 'acme-waste',
  referral_id: 'ref_1',
  revision: 2,
  status: 'converted',
  referrer_customer_id: 'cus_1',
  referee_customer_id: 'cus_2',
  code: 'KH7N4WP3',
  channel: 'whatsapp',
  program_version: 1,
  attributed_at: occurredAt,
  qualifying: { type: 'first_purchase', order_id: 'ord_1', amount: 2_933, currency: 'USD' },
  decision_id: 'dec_1',
  referrer_ordinal: 1,
} as const;

describe('an event as a line', () => {
  test('a conversion tells who brought whom, how, and the how manieth it is', () => {
    const message = delivered(encodeEvent(referralConverted, createEvent(referralConverted, converted, about)));
    expect(eventLine(message, plain)).toBe(
      '12:00:01.204 referral_converted         acme-waste ref_1 cus_1 ← cus_2 whatsapp first_purchase 2933 USD (1st)',
    );
  });

  test.each([
    [2, '(2nd)'],
    [3, '(3rd)'],
    [11, '(11th)'],
    [22, '(22nd)'],
    [null, 'USD'],
  ])('the ordinal %p ends the line with %s', (referrer_ordinal, ending) => {
    const event = createEvent(referralConverted, { ...converted, referrer_ordinal }, about);
    expect(eventLine(delivered(encodeEvent(referralConverted, event)), plain).endsWith(` ${ending}`)).toBe(true);
  });

  test('rewards and postings tell what was given, in the units of the event', () => {
    const discount = createEvent(rewardIssued, { ...reward, type: 'discount_percent', value: 1_000 }, about);
    expect(eventLine(delivered(encodeEvent(rewardIssued, discount)), plain)).toContain(
      'acme-waste rwd_1 cus_1 referrer referral discount_percent 1000 ref_1',
    );
    const posting = {
      tenant_id: 'acme',
      posting_id: 'pst_1',
      entry_id: 'ent_1',
      customer_id: 'cus_1',
      occurred_at: occurredAt,
    };
    const points = createEvent(loyaltyPointsPosted, { ...posting, points: 100 }, about);
    expect(eventLine(delivered(encodeEvent(loyaltyPointsPosted, points)), plain)).toContain('pst_1 cus_1 +100 points');
  });

  test('names and contacts are not shown: a terminal is no place for personal data', () => {
    const data = {
      tenant_id: 'acme',
      customer_id: 'cus_1',
      name: 'Ann Smith',
      email: 'ann@example.com',
      learnt_at: occurredAt,
    };
    const line = eventLine(delivered(encodeEvent(customerProfile, createEvent(customerProfile, data, about))), plain);
    expect(line).toContain('acme cus_1 name, email');
    expect(line).not.toMatch(/Ann|example/);
  });

  test('an event of somebody else, without tenant and subject around its data, is told all the same', () => {
    const data = {
      tenant_id: 'acme',
      customer_id: 'cus_2',
      order_id: 'ord_1',
      amount: 100,
      currency: 'USD',
      occurred_at: occurredAt,
    };
    const foreign = {
      specversion: '1.0',
      id: '1',
      source: '/shop',
      type: purchaseCompleted.type,
      time: occurredAt,
      data,
    };
    const message = delivered({
      topic: purchaseCompleted.type,
      value: Buffer.from(JSON.stringify(foreign)),
      headers: {},
    });
    expect(eventLine(message, plain)).toContain('acme ord_1 cus_2 100 USD');
  });

  test('whatever a message holds, it is one line and nothing that a terminal would obey', () => {
    const line = (bytes: Uint8Array) =>
      eventLine(delivered({ topic: purchaseCompleted.type, value: bytes, headers: {} }), plain);
    expect(line(Buffer.from('{'))).toMatch(
      /^12:00:01\.204 purchase_completed {9}cannot be read \(partition 3, offset 12\): not JSON/,
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(line(bytes)).not.toMatch(/\p{Cc}/u);
      }),
    );
    const hostile = { tenant_id: 'acme', customer_id: 'cus_1', channel: '\u001B[2J\nfake', occurred_at: occurredAt };
    const event = createEvent(customerSignedUp, hostile, about);
    expect(eventLine(delivered(encodeEvent(customerSignedUp, event)), plain)).not.toMatch(/\p{Cc}/u);
  });

  test('every event of the catalogue has a line of its own', () => {
    expect([...describedTypes].sort()).toEqual(eventDefinitions.map(({ type }) => type).sort());
  });
});
