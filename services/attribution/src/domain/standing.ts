import type { ProgramTerms, Qualifying } from '@referral/contracts';
import type { Fact, PurchaseFact, SignupFact } from './facts.ts';
import type { CountedRefund, Order } from './orders.ts';

const dayMs = 86_400_000;

/** What became of a referral after its attribution, before the limits of its referrer. */
export type Standing =
  | { readonly status: 'attributed' }
  | { readonly status: 'converted'; readonly conversion: Conversion }
  | { readonly status: 'reversed'; readonly conversion: Conversion; readonly reversal: Reversal }
  | { readonly status: 'expired'; readonly at: number };

export interface Conversion {
  readonly at: number;
  readonly event_id: string;
  readonly source: string;
  readonly qualifying: Qualifying;
  /** The values that were compared. */
  readonly because: Readonly<Record<string, unknown>>;
}

export interface Reversal {
  readonly at: number;
  readonly event_id: string;
  readonly source: string;
  readonly because: Readonly<Record<string, unknown>>;
}

export interface Story {
  readonly attributing: SignupFact | PurchaseFact;
  readonly facts: readonly Fact[];
  /** Those made since the attribution. */
  readonly orders: readonly Order[];
  readonly terms: ProgramTerms;
  /** Time is known to have come this far, in milliseconds; absent: not known. */
  readonly timePassed: number | undefined;
}

/** When the conversion window of a referral ends: its last moment, in milliseconds. */
export function conversionEndsAt(attributedAt: number, { windows }: Pick<ProgramTerms, 'windows'>): number {
  return attributedAt + windows.conversion_days * dayMs;
}

/** Runs through what happened since the attribution, in its order: what qualified, and what undid that. */
export function standingOf(story: Story): Standing {
  const windowEnds = conversionEndsAt(story.attributing.at, story.terms);
  const standing =
    story.terms.qualifying_event.type === 'signup' ? afterSignup(story, windowEnds) : afterOrders(story, windowEnds);
  const isOver = story.timePassed !== undefined && story.timePassed > windowEnds;
  return standing.status === 'attributed' && isOver ? { status: 'expired', at: windowEnds } : standing;
}

function afterSignup({ attributing, facts }: Story, windowEnds: number): Standing {
  const signup = attributing.kind === 'signup' ? attributing : facts.find((fact) => fact.kind === 'signup');
  if (!signup || signup.at > windowEnds) return { status: 'attributed' };
  const { event_id, source } = signup;
  const at = Math.max(signup.at, attributing.at);
  return { status: 'converted', conversion: { at, event_id, source, qualifying: { type: 'signup' }, because: {} } };
}

type Step =
  | { readonly kind: 'purchase'; readonly at: number; readonly order: Order }
  | { readonly kind: 'refund'; readonly at: number; readonly order: Order; readonly refund: CountedRefund };

function afterOrders({ orders, terms }: Story, windowEnds: number): Standing {
  const reversalMs = terms.windows.reversal_days * dayMs;
  const spent = new Spent(terms);
  let standing: Standing = { status: 'attributed' };
  // What is bought after the window can neither convert nor keep a conversion.
  for (const step of stepsOf(orders.filter(({ purchase }) => purchase.at <= windowEnds))) {
    if (step.kind === 'purchase') {
      spent.add(step.order.purchase.currency, step.order.purchase.amount);
      if (standing.status !== 'converted' && spent.qualifies()) {
        standing = { status: 'converted', conversion: conversionBy(step.order.purchase, terms, spent) };
      }
      continue;
    }
    spent.add(step.order.purchase.currency, -step.refund.amount);
    if (standing.status !== 'converted' || spent.qualifies()) continue;
    const reversalEnds: number = standing.conversion.at + reversalMs;
    if (step.at <= reversalEnds) {
      standing = { ...standing, status: 'reversed', reversal: reversalBy(step.refund, step.at, reversalEnds, spent) };
    }
  }
  return standing;
}

function stepsOf(orders: readonly Order[]): Step[] {
  const steps = orders.flatMap((order): Step[] => [
    { kind: 'purchase', at: order.purchase.at, order },
    ...order.refunds.map((refund): Step => ({ kind: 'refund', at: refund.at, order, refund })),
  ]);
  // Stable: purchases come in their own order, the refunds of one order in theirs.
  return steps.sort((a, b) => a.at - b.at || rank(a) - rank(b));
}

function rank({ kind }: Step): number {
  return kind === 'purchase' ? 0 : 1;
}

/**
 * The net amounts that count towards qualifying, in minor units. For a first purchase those of all currencies: whether
 * anything is left of any of them is all that matters.
 */
class Spent {
  readonly #event: ProgramTerms['qualifying_event'];
  #net = 0;

  constructor({ qualifying_event }: ProgramTerms) {
    this.#event = qualifying_event;
  }

  add(currency: string, amount: number): void {
    if (this.#event.type === 'first_purchase' || currency === this.#event.currency) this.#net += amount;
  }

  qualifies(): boolean {
    return this.#net >= (this.#event.minimum_amount ?? 1);
  }

  values(): Readonly<Record<string, unknown>> {
    const { type, minimum_amount, currency } = this.#event;
    return type === 'minimum_spend' ? { net_spend: this.#net, minimum_amount, currency } : {};
  }
}

function conversionBy(purchase: PurchaseFact, { qualifying_event }: ProgramTerms, spent: Spent): Conversion {
  const { order_id, amount, currency, event_id, source, at } = purchase;
  const qualifying = { type: qualifying_event.type, order_id, amount, currency };
  return { at, event_id, source, qualifying, because: spent.values() };
}

function reversalBy({ fact, amount }: CountedRefund, at: number, reversalEnds: number, spent: Spent): Reversal {
  const { event_id, source, order_id, refund_id, currency } = fact;
  const because = {
    order_id,
    refund_id,
    refunded: amount,
    currency,
    ...spent.values(),
    reversal_ends_at: new Date(reversalEnds).toISOString(),
  };
  return { at, event_id, source, because };
}
