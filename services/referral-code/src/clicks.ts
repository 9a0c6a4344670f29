import { type Channel, customerKey } from '@referral/contracts';
import { clickAnnounced } from './announcements.ts';
import { visitors } from './collections.ts';
import { type Context, isoNow } from './context.ts';
import { decideDocument } from './documents.ts';
import { countClick, type VisitorState } from './domain/visitor.ts';
import type { LiveCode } from './public-lookup.ts';

/** Records that a visitor opened somebody's link. */
export async function recordClick(
  context: Context,
  { tenant: { tenant_id }, owner }: LiveCode,
  { visitorId, channel }: { readonly visitorId: string; readonly channel: Channel },
): Promise<void> {
  await decideDocument<VisitorState, true>(context, visitors, customerKey(tenant_id, visitorId), (body) => {
    const state = countClick(body, { tenant_id, visitor_id: visitorId });
    const event = clickAnnounced(state, owner, { channel, clicked_at: isoNow(context) });
    return { state, events: [event], answer: true };
  });
}
