import {
  decodeEvent,
  encodeEvent,
  journalEntryPosted,
  loyaltyPointsPosted,
  referralMilestoneReached,
  rewardIssued,
} from '@referral/contracts';
import { credit, milestone, milestoneEventOf, points, referral } from '../test/referrals.ts';
import { startWorld, type World } from '../test/world.ts';
import { book, seals } from './collections.ts';

const admin = { kind: 'admin', tenantId: 'acme' } as const;
const reached = (told: Parameters<typeof milestone>[0] = {}) =>
  encodeEvent(referralMilestoneReached, milestoneEventOf(milestone(told)));

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.close());

async function pointsOf(customer: string): Promise<number> {
  return (await world.get(`/api/customers/${customer}/balance`, admin)).body.points;
}

async function entriesInBook(tenant = 'acme') {
  const { items } = await world.store.page(book, {
    index: 'order',
    prefix: [tenant],
    direction: 'ascending',
    limit: 1_000,
  });
  return items.map(({ body }) => body);
}

/** The ids of entries that were published, each once. */
async function publishedEntries(): Promise<string[]> {
  const told = (await world.read(journalEntryPosted.type)).map((message) => decodeEvent(message).subject ?? '');
  return [...new Set(told)];
}

test('earnings are paid with the conversion and taken back with it', async () => {
  const earnings = [
    { rule: 'advocate', side: 'referrer' as const, points: 25 },
    { rule: 'welcome', side: 'referee' as const, points: 10 },
  ];
  await world.tell(referral({ earnings, refereeReward: null }));
  await world.settled();
  expect([await pointsOf('ann'), await pointsOf('bob')]).toEqual([125, 10]);
  await world.tell(referral({ revision: 2, status: 'reversed', earnings }));
  await world.settled();
  expect([await pointsOf('ann'), await pointsOf('bob')]).toEqual([0, 0]);
});

describe('a milestone’s bonus', () => {
  test.each(['before', 'after'])('told %s its conversion is given once, and outlives the reversal', async (when) => {
    const conversion = () => world.tell(referral({ refereeReward: null }));
    if (when === 'after') await conversion();
    await world.publish([reached(), reached()]);
    await world.settled();
    if (when === 'before') await conversion();
    await world.tell(referral({ revision: 2, status: 'reversed' }));
    await world.restart();
    await world.publish([reached({ referral_id: 'ref_other' })]);
    await world.settled();
    expect(await pointsOf('ann')).toBe(500);
    const { data } = (await world.get('/api/rewards?customer_id=ann', admin)).body;
    expect(data).toContainEqual(
      expect.objectContaining({ kind: 'milestone', side: 'referrer', type: 'points', value: 500, status: 'issued' }),
    );
  });

  test('of nothing posts nothing, and one that nobody can give goes to the dead letters', async () => {
    await world.publish([
      reached({ bonus: points(0) }),
      reached({ threshold: 20, bonus: { type: 'credit', value: 5 } }),
      reached({ threshold: 30, bonus: credit(700) }),
    ]);
    await world.settled();
    expect(await world.read(rewardIssued.type)).toHaveLength(1);
    expect(await world.read(loyaltyPointsPosted.type)).toHaveLength(0);
    expect(await world.deadLetters(referralMilestoneReached.type)).toHaveLength(1);
  });
});

describe('the book', () => {
  test('holds every entry of the journal and of milestones once, tenant by tenant, in seals without a gap', async () => {
    await world.tell(...['r1', 'r2', 'r3'].map((referee) => referral({ referee })), referral({ tenant: 'other' }));
    await world.publish([reached()]);
    await world.settled();
    await world.restart();
    await world.tell(referral({ referee: 'r1', revision: 2, status: 'reversed' }), referral({ referee: 'r2' }));
    await world.settled();

    const entries = await entriesInBook();
    expect(entries.map(({ kind }) => kind).sort()).toEqual([
      'milestone',
      'referral',
      'referral',
      'referral',
      'referral',
    ]);
    expect([...entries, ...(await entriesInBook('other'))].map(({ entry_id }) => entry_id).sort()).toEqual(
      (await publishedEntries()).sort(),
    );
    const { items } = await world.store.page(seals, {
      index: 'tenant',
      prefix: ['acme'],
      direction: 'ascending',
      limit: 1_000,
    });
    expect(items.map(({ body }) => body.number)).toEqual(items.map((_, index) => index + 1));
    expect(items.flatMap(({ body }) => body.entries.map(({ entry_id }) => entry_id))).toEqual(
      entries.map(({ entry_id }) => entry_id),
    );
  });

  test('refuses an entry that comes again with other amounts, for the dead letters, and takes its neighbours', async () => {
    await world.tell(referral());
    await world.settled();
    const [message] = await world.read(journalEntryPosted.type);
    if (!message) throw new Error('the conversion posted an entry');
    const { success, data: event } = journalEntryPosted.schema.safeParse(decodeEvent(message));
    if (!success) throw new Error('it reads as what it is');
    const { data } = event;
    const forged = { ...data, postings: data.postings.map((line) => ({ ...line, amount: line.amount * 2 })) };
    await world.publish([
      encodeEvent(journalEntryPosted, { ...event, data: forged }),
      encodeEvent(journalEntryPosted, { ...event, data: { ...data, entry_id: 'jen_neighbour' } }),
    ]);
    await world.settled();
    expect(await world.deadLetters(journalEntryPosted.type)).toHaveLength(1);
    const entries = await entriesInBook();
    expect(entries.map(({ entry_id }) => entry_id)).toEqual([data.entry_id, 'jen_neighbour']);
    expect(entries[0]?.postings).toEqual(data.postings);
  });
});
