import type { Clock } from '@referral/host';
import { forwardTo, type Store } from '@referral/store';
import { type Installation, openInstallation } from '@referral/testing';
import { orderTold, referralTold, tenant } from '../test/world.ts';
import { csvLine } from './domain/csv.ts';
import { exportReferrals } from './export.ts';
import { Generations } from './generations.ts';
import { analyticsService } from './service.ts';

const path = '/api/loyalty/referrals/export.csv';
const clock: Clock = { now: () => Date.parse('2026-03-20T12:00:00Z') };
let installation: Installation;

beforeEach(async () => {
  installation = await openInstallation({ services: [analyticsService], partitions: 3, clock });
});
afterEach(() => installation.close());

async function bring(...events: Parameters<Installation['publish']>[0]): Promise<void> {
  await installation.publish(events);
  await installation.settled();
}

async function exported(query = '', tenantId = tenant) {
  const admin = await installation.as({ kind: 'admin', tenantId });
  return admin.get(`${path}${query}`).expect(200);
}

test('has a line per referral of the period, oldest first, with what its orders come to', async () => {
  const february = '2026-02-01T10:00:00Z';
  await bring(
    referralTold({ referee: 'cem', status: 'converted', revision: 2, attributedAt: '2026-02-28T23:00:00Z' }),
    referralTold({ referee: 'bob', status: 'converted', revision: 2, attributedAt: february, channel: 'email' }),
    referralTold({ referee: 'dee', status: 'rejected', revision: 2, attributedAt: february }),
    referralTold({ referee: 'eve', status: 'withdrawn', revision: 2, attributedAt: february }),
    referralTold({ referee: 'fay', status: 'attributed', revision: 1, attributedAt: '2026-03-01T00:00:00Z' }),
    orderTold({ referee: 'bob', order: 'o1', net: 1_999 }),
    orderTold({ referee: 'bob', order: 'o2', net: 1 }),
    orderTold({ referee: 'bob', order: 'o3', net: 500, currency: 'JPY' }),
    orderTold({ referee: 'dee', order: 'o4', net: 700 }),
  );
  const { text, headers } = await exported('?from=2026-02-01&to=2026-03-01');
  expect(headers).toMatchObject({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="referrals-2026-03-20.csv"',
    'x-as-of': '2026-03-20T12:00:00.000Z',
    'x-lag-events': '0',
  });
  const [columns, ...lines] = text.split('\r\n').map((line) => line.split(',').slice(1));
  expect(columns?.slice(-2)).toEqual(['revenue_JPY', 'revenue_USD']);
  expect(lines.slice(0, 2).sort()).toEqual([
    ['ann', 'bob', 'email', 'KH7N4WP3', 'converted', '2026-02-01T10:00:00.000Z', '', '500', '20'],
    ['ann', 'dee', 'whatsapp', 'KH7N4WP3', 'rejected', '2026-02-01T10:00:00.000Z', '', '0', '0'],
  ]);
  expect(lines.slice(2)).toEqual([
    ['ann', 'cem', 'whatsapp', 'KH7N4WP3', 'converted', '2026-02-28T23:00:00.000Z', '', '0', '0'],
    [],
  ]);
});

test('of a tenant without referrals is the names of the columns, and shows nothing of another tenant', async () => {
  await bring(referralTold({ referee: 'bob', status: 'attributed', revision: 1 }));
  expect((await exported('', 'globex')).text.split('\r\n')).toHaveLength(2);
});

test('goes on over as many pages as there are, each referral once', async () => {
  const referees = Array.from({ length: 450 }, (_, n) => `c${n}`);
  await bring(...referees.map((referee) => referralTold({ referee, status: 'attributed', revision: 1 })));
  const lines = (await exported()).text.trimEnd().split('\r\n').slice(1);
  expect(new Set(lines.map((line) => line.split(',')[2]))).toEqual(new Set(referees));
  expect(lines).toHaveLength(450);
});

// A customer's id is whatever the platform says, and the file is opened by somebody in the office.
test.each([
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\tx', "'\tx"],
  ['\rx', `"'\rx"`],
  ['a"b', '"a""b"'],
  ['a,b', '"a,b"'],
  ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ['größe', 'größe'],
  [-1.5, '-1.5'],
])('%p is written as %s', (cell, written) => {
  expect(csvLine([cell, 'end'])).toBe(`${written},end\r\n`);
});

// An export of a million lines must not be held in memory because somebody reads slowly.
test('reads no further ahead than its reader takes', async () => {
  const referees = Array.from({ length: 1_000 }, (_, n) => `c${n}`);
  await bring(...referees.map((referee) => referralTold({ referee, status: 'attributed', revision: 1 })));
  let pagesRead = 0;
  const { store } = installation;
  const counted: Store = {
    ...forwardTo(store),
    page(collection, options) {
      if (options.index === 'referrals') pagesRead += 1;
      return store.page(collection, options);
    },
  };
  const pages = exportReferrals(new Generations(counted), tenant, { from: null, to: null });
  await pages.next();
  expect(pagesRead).toBe(1);
  await pages.next();
  expect(pagesRead).toBe(2);
  await pages.return(undefined);
});
