import { readFileSync } from 'node:fs';
import { expectSound } from './audit.ts';
import type { Json, Platform } from './platform.ts';

const tenant = 'acme-waste';
const admin = { kind: 'admin', tenantId: tenant } as const;

/** What anybody who meets the product does first, through HTTP and topics, whichever way it runs. */
export function describeJourney(name: string, create: () => Promise<Platform>): void {
  describe(name, () => {
    let platform: Platform;
    beforeAll(async () => {
      platform = await create();
      await platform.start();
    });
    afterAll(() => platform.remove());

    const demo = () => platform.referral('demo', '--run', 'e2e').finished;

    async function rewards(): Promise<Json[]> {
      return (await platform.get('/api/rewards', admin)).body.data;
    }

    test('is ready once it says so', async () => {
      const response = await fetch(`${platform.url}/readyz`);
      expect(await response.json()).toEqual({ status: 'ready', checks: { store: 'ok', bus: 'ok' } });
    });

    describe('share → click → signup → purchase', () => {
      test('rewards both sides, and the chain can be read', async () => {
        const { code, stdout } = await demo();
        expect({ code, stdout }).toMatchObject({ code: 0 });
        const topics = stdout.split('\n').map((line) => line.split(' ')[0]);
        expect(topics).toEqual(
          expect.arrayContaining([
            'referral_link_shared',
            'referral_link_clicked',
            'customer_signed_up',
            'referral_attributed',
            'purchase_completed',
            'referral_converted',
          ]),
        );
        expect(topics.filter((topic) => topic === 'reward_issued')).toHaveLength(2);
        expect((await rewards()).map(({ side, type, value, status }) => ({ side, type, value, status }))).toEqual(
          expect.arrayContaining([
            { side: 'referrer', type: 'points', value: 100, status: 'issued' },
            { side: 'referee', type: 'discount_percent', value: 10, status: 'issued' },
          ]),
        );
      });

      test('shows each referral with exactly the documented fields, and ours behind them', async () => {
        const { calls } = JSON.parse(readFileSync('packages/contracts/fixtures/product-api.json', 'utf8'));
        const documented = calls.find(({ name }: Json) => name === 'list referrals').response.data[0];
        const [referral] = (await platform.get('/api/referrals', admin)).body.data;
        expect(Object.keys(referral).slice(0, Object.keys(documented).length)).toEqual(Object.keys(documented));
      });

      test('again with the same ids brings no second reward', async () => {
        expect(await demo()).toMatchObject({ code: 0 });
        expect(await rewards()).toHaveLength(2);
      });

      test('is all still there after Ctrl-C and another start', async () => {
        const before = await rewards();
        expect(new Set(await platform.interrupt())).toEqual(new Set([0]));
        await platform.start();
        expect(await rewards()).toEqual(before);
        const { body } = await platform.get('/api/referrals', admin);
        expect(body.data).toMatchObject([{ status: 'converted', channel: 'whatsapp' }]);
      });

      test('tells why: each decision with the event that caused it', async () => {
        const [referral] = (await platform.get('/api/referrals', admin)).body.data;
        const { body } = await platform.get(`/api/referrals/${referral.id}`, admin);
        expect(body.decisions.map(({ outcome }: Json) => outcome)).toEqual(['attributed', 'converted', 'counted']);
        for (const { event_id } of body.decisions) {
          const { body: event } = await platform.get(`/api/events/${event_id}`, admin);
          expect(event).toMatchObject({ event_id, status: 'effect' });
        }
      });

      test('stands up to the audit', () => expectSound(platform));

      test('needs tokens, which the command line makes while the platform runs', async () => {
        const other = await platform.referral('token', 'admin', '--tenant', tenant).finished;
        expect(other).toMatchObject({ code: 0 });
        expect(other.stdout.trim().split('.')).toHaveLength(3);
      });
    });
  });
}
