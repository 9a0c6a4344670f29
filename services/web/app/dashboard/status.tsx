import { Badge } from '@mantine/core';
import type { ReferralStatus } from '@referral/contracts';
import { statusColors, statusWords } from './words.ts';

/** The colour is a hint; the word says it. */
export function StatusBadge({ status }: { readonly status: ReferralStatus }) {
  return (
    <Badge variant="dot" color={statusColors[status]} tt="none" fw={500} miw="max-content">
      {statusWords[status]}
    </Badge>
  );
}
