import { Text } from '@mantine/core';
import { viewersLocale } from '../format.ts';
import { rewardOf, rewardWords } from '../offer.ts';
import type { CodeCheck, ValidCode } from './use-code-check.ts';

interface CodeVerdictProps {
  readonly check: CodeCheck;
  readonly currency: string | undefined;
}

/** What is known of the code that is typed. Whatever it is, one can join. */
export function CodeVerdict(props: CodeVerdictProps) {
  return (
    <Text size="sm" component="div" role="status" mt={4}>
      <Words {...props} />
    </Text>
  );
}

function Words({ check, currency }: CodeVerdictProps) {
  switch (check.state) {
    case 'none':
      return 'You can join without one.';
    case 'incomplete':
      return 'A code has 8 letters and digits.';
    case 'checking':
      return 'Checking the code …';
    case 'unknown':
      return 'We do not know this code. You can join all the same, without a referral.';
    case 'failed':
      return 'The code could not be checked now. You can join all the same: it is looked at again then.';
    case 'valid':
      return <ValidWords reward={refereeReward(check.answer, currency)} />;
  }
}

function ValidWords({ reward }: { readonly reward: string | undefined }) {
  if (!reward) return 'This code is good.';
  return (
    <>
      This code is good: you get <strong>{reward}</strong>.
    </>
  );
}

export function refereeReward(answer: ValidCode, currency: string | undefined): string | undefined {
  const reward = rewardOf(answer.referee_reward_type, answer.referee_reward_value);
  return rewardWords(reward, { locale: viewersLocale(), currency });
}
