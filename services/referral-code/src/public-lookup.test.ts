import type { Store } from '@referral/store';
import { acmeWaste, createTenant, openReferralCode, type ReferralCode } from '../test/installation.ts';
import { validateCode } from './public-lookup.ts';

let installation: ReferralCode;

beforeEach(async () => {
  installation = await openReferralCode();
  await createTenant(installation);
  await createTenant(installation, { ...acmeWaste, slug: 'disabled' });
});

afterEach(() => installation.close());

/** The real store, and a record of what it was asked. */
function watched(store: Store): { store: Store; asked: string[] } {
  const asked: string[] = [];
  const reads: Pick<Store, 'get' | 'page'> = {
    get: (collection, id) => {
      asked.push(`get ${collection.name}`);
      return store.get(collection, id);
    },
    page: (collection, options) => {
      asked.push(`page ${collection.name}`);
      return store.page(collection, options);
    },
  };
  return { store: Object.assign(Object.create(store), reads), asked };
}

it('a code that counts costs the same round trips as one that does not, so that time tells nothing', async () => {
  const config = {
    referral_enabled: true,
    referral_reward_type: null,
    referral_reward_value: null,
    referral_reward_referee_type: null,
    referral_reward_referee_value: null,
  };
  await (await installation.admin()).put('/api/referrals/config').send(config).expect(200);
  const { body } = await (await installation.customer({ name: 'John Doe' })).get('/api/referrals/my-code').expect(200);
  await installation.settled();
  const code: string = body.referral_code;
  const trace = async (slug: string, typed: string) => {
    const { store, asked } = watched(installation.store);
    return { ...(await validateCode(store, slug, typed)), asked };
  };

  const hit = await trace('acme-waste', code);
  expect(hit).toMatchObject({ valid: true, referrer_name: 'John Doe' });
  for (const [slug, typed] of [
    ['acme-waste', 'AAAAAAAA'],
    ['acme-waste', 'not a code'],
    ['disabled', code],
    ['no-such', code],
    ['Not A Slug', ''],
  ] as const) {
    expect(await trace(slug, typed)).toEqual({ valid: false, asked: hit.asked });
  }
});
