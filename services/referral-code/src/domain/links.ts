import { type Channel, toChannel } from '@referral/contracts';

/** The link that a customer gives away. It tells through which channel it came. */
export function referralLink(publicUrl: string, slug: string, code: string, channel: Channel): string {
  return `${publicUrl}/r/${slug}/${code}?c=${channel}`;
}

/** What opens the channel's own form with the link in it; the link itself where a channel has none. */
export function shareUrl(channel: Channel, link: string, tenantName: string): string {
  const sentence = `I recommend ${tenantName}. Join with my referral link:`;
  const text = encodeURIComponent(`${sentence} ${link}`);
  const url = encodeURIComponent(link);
  switch (channel) {
    case 'whatsapp':
      return `https://wa.me/?text=${text}`;
    case 'email':
      return `mailto:?subject=${encodeURIComponent(`Join ${tenantName}`)}&body=${text}`;
    case 'sms':
      return `sms:?&body=${text}`;
    case 'facebook':
      return `https://www.facebook.com/sharer/sharer.php?u=${url}`;
    case 'x':
      return `https://x.com/intent/post?text=${encodeURIComponent(sentence)}&url=${url}`;
    case 'telegram':
      return `https://t.me/share/url?url=${url}&text=${encodeURIComponent(sentence)}`;
    default:
      return link;
  }
}

/** Where a link leads: the tenant's own page or ours, never an address from the request. */
export function landingPage(
  page: { readonly publicUrl: string; readonly slug: string; readonly landingUrl: string | null },
  touch: { readonly code?: string; readonly visitorId?: string },
): string {
  const url = new URL(page.landingUrl ?? `${page.publicUrl}/enroll/${page.slug}`);
  if (touch.code !== undefined) url.searchParams.set('ref', touch.code);
  if (touch.visitorId !== undefined) url.searchParams.set('visitor_id', touch.visitorId);
  return url.href;
}

/** The channel of a link that somebody opened, from its `c` parameter. One without was copied by hand. */
export function linkChannel(c: unknown): Channel {
  if (c === undefined) return 'link';
  return typeof c === 'string' ? toChannel(c) : 'other';
}
