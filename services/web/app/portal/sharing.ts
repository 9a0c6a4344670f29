import type { Channel, shareAnswer } from '@referral/contracts';
import type { z } from 'zod';
import type { Session } from '../session.ts';

export type ShareAnswer = z.infer<typeof shareAnswer>;

/** Channels that have a form of their own, which opens with the link in it. */
export const forms: readonly { readonly channel: Channel; readonly name: string }[] = [
  { channel: 'whatsapp', name: 'WhatsApp' },
  { channel: 'email', name: 'E-mail' },
  { channel: 'sms', name: 'SMS' },
  { channel: 'facebook', name: 'Facebook' },
  { channel: 'x', name: 'X' },
  { channel: 'telegram', name: 'Telegram' },
];

/** Tells the platform that the customer shares over this channel, and gets the link that says so. */
export async function share(session: Session, channel: Channel): Promise<ShareAnswer> {
  return (await session.call<ShareAnswer>('/api/referrals/share', { body: { channel } })).body;
}

/**
 * Opens a channel's form. A window may only be opened in the very moment of the click, before the address is known; apps of
 * the phone or the computer (`mailto:`, `sms:`) need none.
 */
export async function openForm(channel: Channel, asked: Promise<ShareAnswer>): Promise<void> {
  const isApp = channel === 'email' || channel === 'sms';
  const target = isApp ? null : window.open('about:blank', '_blank');
  // What opens there has no business with this page.
  if (target) target.opener = null;
  try {
    const { share_url } = await asked;
    if (!/^(https|mailto|sms):/.test(share_url)) throw new TypeError('a form opens by https, mailto or sms');
    if (target) target.location.replace(share_url);
    else window.location.assign(share_url);
  } catch (error) {
    target?.close();
    throw error;
  }
}
