import {
  createEvent,
  deriveId,
  encodeEvent,
  referralAttributed,
  referralConverted,
  referralExpired,
  referralId,
  referralRevenueChanged,
  referralReversed,
} from '../../packages/contracts/dist/index.js';

/** Two years of referrals of one tenant, the same whoever asks: ten per referrer on average, some with many more. */
export const tenantId = 'acme';
export const timeZone = 'America/New_York';
export const now = Date.UTC(2026, 5, 30, 12);
const referrersOf = (size) => size / 10;

const spanMs = 730 * 86_400_000;
const channels = ['whatsapp', 'email', 'sms', 'link', 'qr'];
const definitions = {
  converted: referralConverted,
  attributed: referralAttributed,
  expired: referralExpired,
  reversed: referralReversed,
};
const statuses = [...Array(6).fill('converted'), 'attributed', 'attributed', 'expired', 'reversed'];

/** The n-th of `size` referrals: its newest word and, where it has converted, that of its order. */
export function referralAt(n, size) {
  const at = new Date(now - Math.floor(chance(n, 1) * spanMs)).toISOString();
  const referrer = `cus_${Math.floor(chance(n, 2) ** 2 * referrersOf(size))}`;
  const referee = `new_${n}`;
  const status = statuses[Math.floor(chance(n, 3) * statuses.length)];
  const referral_id = referralId(tenantId, referrer, referee);
  const channel = channels[Math.floor(chance(n, 4) * channels.length)];
  const people = {
    tenant_id: tenantId,
    referral_id,
    referrer_customer_id: referrer,
    referee_customer_id: referee,
    channel,
  };
  const referral = {
    ...people,
    revision: 2,
    status,
    code: 'KH7N4WP3',
    program_version: 1,
    attributed_at: at,
    ...(status === 'converted' ? { converted_at: at } : {}),
    decision_id: deriveId('dec', referral_id, 2),
    referrer_ordinal: null,
  };
  const net_amount = 1_000 + Math.floor(chance(n, 5) * 9_000);
  const order = { ...people, revision: 1, order_id: `ord_${n}`, ordered_at: at, currency: 'USD', net_amount };
  return { referral, ...(status === 'converted' ? { order } : {}) };
}

/** What the services would have published of it. */
export function* messagesOf({ referral, order }) {
  const definition = definitions[referral.status];
  const occurredAt = referral.attributed_at;
  const identity = [referral.referral_id, referral.revision];
  yield encodeEvent(definition, createEvent(definition, referral, { identity, occurredAt }));
  if (!order) return;
  const told = createEvent(referralRevenueChanged, order, { identity: [order.order_id, 1], occurredAt });
  yield encodeEvent(referralRevenueChanged, told);
}

/** Spread evenly over 0 to 1, and the same for the same numbers. */
function chance(n, kind) {
  let word = Math.imul(n + 1, 0x9e3779b1) ^ Math.imul(kind, 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 16), 0x7feb352d);
  word = Math.imul(word ^ (word >>> 15), 0x846ca68b);
  return ((word ^ (word >>> 16)) >>> 0) / 2 ** 32;
}
