import { type ClickFact, compareFacts, isSameEvent } from './facts.ts';

/** A visitor: where clicks and the referees that ask for them meet, whichever comes first. */
export interface VisitorBody {
  readonly tenant_id: string;
  readonly visitor_id: string;
  readonly clicks: readonly ClickFact[];
  /** Customers that came with this visitor id, the latest last. */
  readonly askers: readonly string[];
}

/** The first and the latest clicks decide; what lies between is not kept beyond this many. */
const maxClicks = 200;
/** Clicks that are still under way concern the latest askers, so those are kept. */
const maxAskers = 200;

export function newVisitor(tenantId: string, visitorId: string): VisitorBody {
  return { tenant_id: tenantId, visitor_id: visitorId, clicks: [], askers: [] };
}

export function addClick(visitor: VisitorBody, click: ClickFact): VisitorBody {
  if (visitor.clicks.some((known) => isSameEvent(known, click))) return visitor;
  const clicks = [...visitor.clicks, click].sort(compareFacts);
  if (clicks.length > maxClicks) clicks.splice(maxClicks / 2, 1);
  return { ...visitor, clicks };
}

export function addAsker(visitor: VisitorBody, customerId: string): VisitorBody {
  if (visitor.askers.includes(customerId)) return visitor;
  return { ...visitor, askers: [...visitor.askers, customerId].slice(-maxAskers) };
}
