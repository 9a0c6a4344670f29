import { readFileSync } from 'node:fs';
import { customerSignedUp, type EventOf, purchaseCompleted } from '@referral/contracts';
import { type CdnowEvent, cdnowEvents, cdnowReferrerIds, parseCdnow } from './cdnow.ts';

const options = { tenantId: 'acme', codeOf: (customerId: string) => `code of ${customerId}` };

function isSignup(event: CdnowEvent): event is EventOf<typeof customerSignedUp> {
  return event.type === customerSignedUp.type;
}

function summary(text: string): string[] {
  return [...cdnowEvents(text, options)].map((event) =>
    isSignup(event)
      ? [event.id, event.data.customer_id, event.data.occurred_at, event.data.referral_code, event.data.channel].join(
          ' ',
        )
      : [event.id, event.data.customer_id, event.data.occurred_at, event.data.order_id, event.data.amount].join(' '),
  );
}

describe('a CDNOW file as events', () => {
  test('a customer signs up on the day of the first purchase; the n-th line is n seconds past noon of its day', () => {
    const text =
      ' 00004 0001 19970101  2   29.33\r\n 00004 0001 19970101  2   29.73\r\n 00018 0003 19970802  1   14.96\r\n';
    expect(summary(text)).toEqual([
      'cdnow-signup-0001 cdnow_0001 1997-01-01T00:00:00.000Z  ',
      'cdnow-0001-1 cdnow_0001 1997-01-01T12:00:01.000Z cdnow-0001-1 2933',
      'cdnow-0001-2 cdnow_0001 1997-01-01T12:00:02.000Z cdnow-0001-2 2973',
      'cdnow-signup-0003 cdnow_0003 1997-08-02T00:00:00.000Z  ',
      'cdnow-0003-1 cdnow_0003 1997-08-02T12:00:01.000Z cdnow-0003-1 1496',
    ]);
  });

  test('lines that are not in the order of their days change neither the signup nor the numbers of the lines', () => {
    expect(summary('9 0001 19970302 1 5.00\n9 0001 19970201 1 6.00')).toEqual([
      'cdnow-signup-0001 cdnow_0001 1997-02-01T00:00:00.000Z  ',
      'cdnow-0001-1 cdnow_0001 1997-03-02T12:00:01.000Z cdnow-0001-1 500',
      'cdnow-0001-2 cdnow_0001 1997-02-01T12:00:02.000Z cdnow-0001-2 600',
    ]);
  });

  test.each([
    ['0002', 'code of cdnow_0003', 'link'],
    ['0004', 'code of cdnow_0005', 'email'],
    ['0006', 'code of cdnow_0007', 'whatsapp'],
    ['0040', 'code of cdnow_0001', 'email'],
    ['2356', 'code of cdnow_0037', 'email'],
  ])('the even customer %s signs up with the %s, by %s', (customer, code, channel) => {
    const [signup] = summary(`9 ${customer} 19970101 1 5.00`);
    expect(signup).toBe(`cdnow-signup-${customer} cdnow_${customer} 1997-01-01T00:00:00.000Z ${code} ${channel}`);
  });

  test.each([
    ['0.29', 29],
    ['0', 0],
    ['8.2', 820],
    ['1136.09', 113_609],
    ['90071992547.01', 9_007_199_254_701],
  ])('%s dollars are %d cents, exactly', (dollars, cents) => {
    expect(parseCdnow(`1 1 19970101 1 ${dollars}`).purchases[0]?.amountMinor).toBe(cents);
  });

  test('every bad line is told by its number, and what is wrong with it', () => {
    const text = [
      '1 0001 19970101 1 5.00',
      '1 0001 19970230 1 5.00',
      '1 x 19970101 1 5.00',
      '',
      '1 0001 19970101 1',
      '1 0001 19970101 1 5.001',
      '1 0001 19970101 one -5.00',
    ].join('\n');
    expect(parseCdnow(text).faults).toEqual([
      { line: 2, problem: 'column 3: expected a date YYYYMMDD, found "19970230"' },
      { line: 3, problem: 'column 2: expected a customer number, found "x"' },
      { line: 5, problem: 'expected 5 columns, found 4' },
      { line: 6, problem: 'column 5: expected dollars such as 29.33, found "5.001"' },
      { line: 7, problem: 'column 4: expected a number of CDs, found "one"' },
    ]);
    expect(parseCdnow('\r\n').faults).toEqual([{ line: 1, problem: 'there is no purchase in the file' }]);
  });
});

describe('the real file', () => {
  const text = readFileSync('e2e/fixtures/cdnow_sample.txt', 'utf8');
  const events = [...cdnowEvents(text, options)];

  test('all of it becomes events: 2,357 signups and 6,919 purchases, with their whole revenue', () => {
    const signups = events.filter(isSignup);
    const purchases = events.filter((event) => !isSignup(event));
    expect([signups.length, purchases.length]).toEqual([2_357, 6_919]);
    const dollarsInFile = text
      .trim()
      .split(/\s+/)
      .filter((_, index) => index % 5 === 4);
    const cents = dollarsInFile.reduce((sum, dollars) => sum + BigInt(dollars.replace('.', '')), 0n);
    expect(purchases.reduce((sum, { data }) => sum + BigInt('amount' in data ? data.amount : 0), 0n)).toBe(cents);
  });

  test('every event is one that the contract accepts, and no two are the same', () => {
    const definitions = [customerSignedUp, purchaseCompleted];
    const refused = events.filter(({ type, ...event }) => {
      const definition = definitions.find((known) => known.type === type);
      return !definition?.schema.safeParse({ type, ...event }).success;
    });
    expect(refused).toEqual([]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });

  test('reading it again gives the same events, so that a second import is a repeat', () => {
    expect([...cdnowEvents(text, options)]).toEqual(events);
  });

  test('the codes that the signups need are those of twenty customers, none of whom is referred', () => {
    const ids = cdnowReferrerIds(text);
    expect(ids).toHaveLength(20);
    const referred = events.filter(isSignup).filter(({ data }) => data.referral_code !== undefined);
    expect(referred).toHaveLength(1_178);
    expect(referred.filter(({ data }) => ids.includes(data.customer_id))).toEqual([]);
    expect(new Set(referred.map(({ data }) => data.referral_code))).toEqual(new Set(ids.map(options.codeOf)));
  });
});
