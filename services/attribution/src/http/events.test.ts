import { assert } from '@referral/errors';
import { forwardTo } from '@referral/store';
import { openInstallation } from '@referral/testing';
import { codeCreated, day, programSaved, signedUp, tenant, tenantExists } from '../../test/world.ts';
import { referees } from '../collections.ts';
import { attributionService } from '../service.ts';

// R9: every input has one terminal record.
test('an event that was set aside after its identity was claimed says so, and not that it is being processed', async () => {
  const installation = await openInstallation({
    services: [attributionService],
    aroundStore: (store) => ({
      ...forwardTo(store),
      commit: async (changes) => {
        const isBroken = changes.some(({ collection, id }) => collection.name === referees.name && id.endsWith(':bob'));
        assert(!isBroken, 'this document is too large for the engine');
        return store.commit(changes);
      },
    }),
  });
  try {
    const signups = ['bob', 'carl'].map((customer_id) =>
      signedUp({ customer_id, referral_code: 'AAAA2222', occurred_at: day(2) }),
    );
    await installation.publish([tenantExists(), programSaved(), codeCreated('ann', 'AAAA2222'), ...signups]);
    await installation.settled();
    await installation.bus.caughtUp(['attribution.dead-letters']);
    const caller = await installation.as({ kind: 'service', tenantId: tenant });
    const fateOf = async (id: string) => (await caller.get(`/api/events/${id}`).expect(200)).body;
    expect(await fateOf('signup-bob')).toMatchObject({
      status: 'dead_letter',
      type: 'customer_signed_up',
      source: '/shop',
      reason: 'this document is too large for the engine',
    });
    expect(await fateOf('signup-carl')).toMatchObject({ status: 'effect' });
  } finally {
    await installation.close();
  }
});
