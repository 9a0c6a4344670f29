import type { ApiProgram } from '@referral/contracts';
import type { Formats } from '../formats.ts';

/** What a customer will be told of a programme, in plain words. */
export function promiseInWords(program: ApiProgram, formats: Formats): string[] {
  const { referrer_reward, referee_reward, windows, limits, new_customers_only } = program;
  const when = `${conditionOf(program, formats)}, within ${formats.seconds(windows.conversion_days * daySeconds)} of following your invitation`;
  const sentences = [];
  if (referrer_reward) sentences.push(`You get ${formats.reward(referrer_reward)} ${when}.`);
  if (referee_reward) {
    const gift = formats.reward(referee_reward);
    sentences.push(referrer_reward ? `Your friend gets ${gift} then.` : `Your friend gets ${gift} ${when}.`);
  }
  if (sentences.length === 0) return ['Nobody is promised a reward: customers can invite friends, and that is all.'];
  if (new_customers_only) sentences.push('It is for friends who have never bought here.');
  if (limits.max_referrals_per_referrer !== null) {
    const most = formats.count(limits.max_referrals_per_referrer);
    const rest =
      limits.over_limit === 'neither' ? 'beyond that, nobody is rewarded' : 'friends beyond that are still rewarded';
    sentences.push(`You can be rewarded for ${most} friends; ${rest}.`);
  }
  return sentences;
}

const daySeconds = 86_400;

function conditionOf({ qualifying_event: { type, minimum_amount = 0 } }: ApiProgram, formats: Formats): string {
  switch (type) {
    case 'signup':
      return 'as soon as your friend signs up';
    case 'first_purchase':
      return 'when your friend buys for the first time';
    case 'minimum_spend':
      return `when your friend has spent ${formats.money(minimum_amount)}`;
  }
}
