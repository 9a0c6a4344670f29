import { customerSignedUp, purchaseCompleted } from '@referral/contracts';
import { planDemo, runIdOf, runTimeMs } from './demo-plan.ts';

const landing = { code: 'KH7N4WP3', visitorId: planDemo('acme', 'run-1').visitorId };

test('the same run sends the same events, so that the platform recognises the repeat', () => {
  const [once, again] = [planDemo('acme', 'run-1'), planDemo('acme', 'run-1')];
  expect(again.signup(landing)).toEqual(once.signup(landing));
  expect(again.purchase()).toEqual(once.purchase());
  expect(planDemo('acme', 'run-2').purchase().id).not.toBe(once.purchase().id);
});

test('what it sends fulfils the contracts, whatever the run is called', () => {
  for (const run of ['run-1', '20260320T101500Z', '99999999T999999Z', 'x'.repeat(64)]) {
    const plan = planDemo('acme', run);
    expect(customerSignedUp.schema.safeParse(plan.signup(landing)).error).toBeUndefined();
    expect(purchaseCompleted.schema.safeParse(plan.purchase()).error).toBeUndefined();
    expect(plan.visitorId).toMatch(/^vis_[0-9a-f]{32}$/);
  }
});

test('a run is named by the time at which it first played, and plays at that time for ever', () => {
  const now = Date.UTC(2026, 2, 20, 10, 15, 0, 999);
  expect(runIdOf(now)).toBe('20260320T101500Z');
  expect(new Date(runTimeMs(runIdOf(now))).toISOString()).toBe('2026-03-20T10:15:00.000Z');
  expect(new Date(runTimeMs('any other name')).toISOString()).toMatch(/^2026-01-01T/);
});
