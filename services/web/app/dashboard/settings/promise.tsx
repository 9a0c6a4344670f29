import { Alert, Stack, Text } from '@mantine/core';
import { viewersLocale } from '../../format.ts';
import { offerWords } from '../../offer.ts';
import { useDashboard } from '../tenant.ts';
import { readDraft } from './draft.ts';
import { useProgramFields } from './form.ts';
import { promiseInWords } from './promise-words.ts';

/** Changes with every keystroke: what the settings will mean to a customer. */
export function PromiseToCustomers() {
  const { formats, tenant } = useDashboard();
  const draft = useProgramFields().getValues();
  const read = readDraft(draft, tenant.currency);
  if ('errors' in read) {
    return (
      <Alert variant="default" title="What customers will be told">
        This appears as soon as the settings are complete.
      </Alert>
    );
  }
  const { program } = read;
  const { referrer_reward: referrer, referee_reward: referee } = program;
  const headline = offerWords({ referrer, referee }, { locale: viewersLocale(), currency: tenant.currency });
  return (
    <Alert variant="default" title="What customers will be told" data-testid="promise">
      <Stack gap={4}>
        {headline && (
          <Text fw={700} size="lg">
            {headline}
          </Text>
        )}
        <Text size="sm">{promiseInWords(program, formats).join(' ')}</Text>
        {!program.enabled && <Text size="sm">The programme is off, so nobody is told this now.</Text>}
      </Stack>
    </Alert>
  );
}
