import { OperationalError } from '@referral/errors';
import { updateDocument, withOutbox } from '@referral/processing';
import { type DiscountBody, discounts } from '../collections.ts';
import { type Context, isoNow } from '../context.ts';
import { discountAnnounced, discountBody } from '../discounts.ts';
import { type Discount, type Redemption, redeem } from '../domain/discount.ts';
import { whoseOrderCame } from '../spending.ts';

interface DiscountAsked {
  readonly tenantId: string;
  readonly customerId: string;
  readonly orderId: string;
  readonly discountId: string;
}

/**
 * Gives a customer's discount to an order.
 * @returns `undefined` when this customer has no such discount
 * @throws OperationalError `OUTBOX_FULL` while the bus has been away for too long
 */
export async function takeDiscount(context: Context, asked: DiscountAsked): Promise<Redemption | undefined> {
  const { store, turns } = context;
  const { tenantId, customerId, orderId: order_id, discountId } = asked;
  return turns(discountId, async () => {
    const known = (await store.get(discounts, discountId))?.body;
    if (!known || !isKnownTo(known, tenantId, customerId)) return undefined;
    const isOver = await holdsOver(context, [known]);
    let redemption: Redemption | undefined;
    await updateDocument(store, discounts, discountId, (body) => {
      if (!body) return body;
      const isHoldOver = isOver(known) && body.hold?.order_id === known.hold?.order_id;
      redemption = redeem(body, { order_id, at: isoNow(context), isHoldOver });
      if (redemption.outcome === 'unavailable' || redemption.discount === body) return body;
      return withAnnouncement(context, discountId, body, redemption.discount);
    });
    context.publishSoon(discounts, discountId);
    return redemption;
  });
}

/**
 * Tells of each of these discounts whether its hold counts no longer: made so long ago that nobody waits for its order any
 * more, which was never heard of since. Asks the store only where a hold is that old.
 */
export async function holdsOver(
  { store, now, latenessMs }: Pick<Context, 'store' | 'now' | 'latenessMs'>,
  held: readonly Discount[],
): Promise<(discount: Discount) => boolean> {
  const isOld = ({ hold }: Discount) => hold !== undefined && Date.parse(hold.at) + latenessMs < now();
  const old = held
    .filter(isOld)
    .flatMap(({ tenant_id, referral_id, hold }) =>
      referral_id !== undefined && hold ? [{ tenant_id, referral_id, order_id: hold.order_id }] : [],
    );
  const came = await whoseOrderCame(store, old);
  return (discount) => isOld(discount) && !came.has(discount.referral_id ?? '');
}

function isKnownTo({ tenant_id, customer_id, terms }: Discount, tenantId: string, customerId: string): boolean {
  return tenant_id === tenantId && customer_id === customerId && terms !== undefined;
}

function withAnnouncement(
  { maxWaiting }: Pick<Context, 'maxWaiting'>,
  discountId: string,
  body: DiscountBody,
  discount: Discount,
): DiscountBody {
  if (body.outbox.length >= maxWaiting)
    throw new OperationalError('OUTBOX_FULL', `${body.outbox.length} events wait for the bus`);
  const events = discount.revision === body.revision ? [] : discountAnnounced(discountId, discount);
  return withOutbox(discountBody(discount, body), events);
}
