import type { ApiReward, Channel, ReferralStatus } from '@referral/contracts';

/** What the API's codes are called on a page. */

export const statusWords: Readonly<Record<ReferralStatus, string>> = {
  attributed: 'Pending',
  converted: 'Converted',
  reversed: 'Reversed',
  expired: 'Expired',
  rejected: 'Over a limit',
  withdrawn: 'Withdrawn',
};

/** Text stays readable on each, in light and dark: see `StatusBadge`. */
export const statusColors: Readonly<Record<ReferralStatus, string>> = {
  attributed: 'blue',
  converted: 'green',
  reversed: 'red',
  expired: 'gray',
  rejected: 'orange',
  withdrawn: 'gray',
};

export const channelWords: Readonly<Record<Channel, string>> = {
  whatsapp: 'WhatsApp',
  email: 'E-mail',
  sms: 'SMS',
  facebook: 'Facebook',
  x: 'X',
  telegram: 'Telegram',
  link: 'Link',
  qr: 'QR code',
  code: 'Typed code',
  other: 'Other',
};

export const rewardTypeWords: Readonly<Record<ApiReward['type'], string>> = {
  points: 'Points',
  credit: 'Credit',
  discount_percent: 'Percent discount',
  discount_fixed: 'Fixed discount',
};
