import { type Draft, draftEvent, inboundTypes } from './draft-event.ts';

const draft: Draft = {
  tenantId: 'acme',
  id: 'evt-1',
  source: '/cli',
  now: '2026-03-20T12:00:00.000Z',
  data: {},
  settings: [],
};

function set(text: string): Draft {
  const settings = text.split(' ').map((setting) => {
    const [path = '', value = ''] = setting.split('=');
    return { path: path.split('.'), text: value };
  });
  return { ...draft, settings };
}

describe('an event from the command line', () => {
  test.each(inboundTypes)('%s needs no member at all: the defaults fulfil its contract', (type) => {
    const event = draftEvent(type, draft);
    expect(event).toMatchObject({ id: 'evt-1', source: '/cli', type, data: { tenant_id: 'acme' } });
  });

  test('all four inbound events can be published', () => {
    expect(inboundTypes).toEqual(['customer_signed_up', 'purchase_completed', 'purchase_refunded', 'promo_updated']);
  });

  test('one member is enough for a purchase; the rest follows from the id, so that the same call is a repeat', () => {
    expect(draftEvent('purchase_completed', set('customer_id=cus_2'))).toEqual({
      specversion: '1.0',
      id: 'evt-1',
      source: '/cli',
      type: 'purchase_completed',
      time: draft.now,
      tenantid: 'acme',
      data: {
        tenant_id: 'acme',
        customer_id: 'cus_2',
        order_id: 'order_evt-1',
        amount: 2_500,
        currency: 'USD',
        occurred_at: draft.now,
      },
    });
  });

  test('a value is what the contract expects there: a number, a boolean, or the text as typed', () => {
    const event = draftEvent(
      'purchase_completed',
      set('customer_id=0042 order_id=1e5 amount=1200 promo.code=7 promo.combinable_with_referral=false'),
    );
    expect(event).toMatchObject({
      data: {
        customer_id: '0042',
        order_id: '1e5',
        amount: 1_200,
        promo: { code: '7', combinable_with_referral: false },
      },
    });
  });

  test('single members win over --data, which wins over the defaults', () => {
    const event = draftEvent('customer_signed_up', {
      ...set('customer_id=cus_3'),
      data: { customer_id: 'cus_2', email: 'ann@example.com', occurred_at: '2026-01-01T00:00:00Z' },
    });
    expect(event).toMatchObject({
      time: '2026-01-01T00:00:00Z',
      data: { customer_id: 'cus_3', email: 'ann@example.com', occurred_at: '2026-01-01T00:00:00Z' },
    });
  });

  test('what the contract refuses is told member by member', () => {
    expect(draftEvent('purchase_completed', set('amount=12.5 currency=ABC'))).toEqual({
      faults: [expect.stringMatching(/^data\.amount: /), expect.stringMatching(/^data\.currency: is not a known/)],
    });
  });

  test('a misspelt member is refused: its default would have been sent in its place', () => {
    expect(
      draftEvent(
        'purchase_completed',
        set('custmer_id=cus_2 promo.code=X promo.combinable_with_referral=true promo.cod=Y'),
      ),
    ).toEqual({
      faults: [
        'data.custmer_id: is not a member of purchase_completed',
        'data.promo.cod: is not a member of purchase_completed',
      ],
    });
  });
});
