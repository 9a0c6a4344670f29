import { createCode, learnClaims, share } from './code.ts';

const code = createCode({
  tenant_id: 'acme-waste',
  customer_id: 'cus_111',
  code: 'KH7N4WP3',
  created_at: '2026-03-20T10:00:00.000Z',
  has_profile: true,
});

function shareTimes(times: number) {
  let state = code;
  for (let n = 1; n <= times; n += 1) {
    const decision = share(state, { channel: 'email', idempotencyKey: `key ${n}` });
    if (decision.outcome === 'shared') state = decision.state;
  }
  return state;
}

describe('sharing', () => {
  it('counts every share that has no key', () => {
    const first = share(code, { channel: 'email' });
    const second = first.outcome === 'shared' && share(first.state, { channel: 'email' });
    expect(second).toMatchObject({ outcome: 'shared', state: { shares: 2, idempotency_keys: [] } });
  });

  it('counts a key once', () => {
    const shared = shareTimes(1);
    expect(share(shared, { channel: 'email', idempotencyKey: 'key 1' })).toEqual({ outcome: 'repeated' });
    expect(share(shared, { channel: 'sms', idempotencyKey: 'key 1' })).toEqual({ outcome: 'key_reused' });
  });

  it('remembers the latest fifty keys', () => {
    const shared = shareTimes(51);
    expect(shared.idempotency_keys).toHaveLength(50);
    expect(share(shared, { channel: 'email', idempotencyKey: 'key 2' })).toEqual({ outcome: 'repeated' });
    expect(share(shared, { channel: 'email', idempotencyKey: 'key 1' })).toMatchObject({ outcome: 'shared' });
  });
});

describe('claims of a token', () => {
  it('are told once, and again when they differ from what was told last', () => {
    const told = learnClaims(code, { name: 'John Doe' });
    expect(told.profiles).toBe(1);
    expect(learnClaims(told, { name: 'John Doe' })).toBe(told);
    const changed = learnClaims(told, { name: 'John Doe', email: 'john@example.com' });
    expect(changed.profiles).toBe(2);
    expect(learnClaims(changed, { name: 'John Doe' }).profiles).toBe(3);
  });

  it('are not kept with the code, which outlives an erased customer', () => {
    expect(JSON.stringify(learnClaims(code, { name: 'John Doe', email: 'john@example.com' }))).not.toMatch(/john/i);
  });
});
