import {
  Button,
  Fieldset,
  NativeSelect,
  NumberInput,
  SimpleGrid,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core';
import { Section } from '../section.tsx';
import { noReward } from './draft.ts';
import { useProgramFields } from './form.ts';
import { RewardFields } from './rewards.tsx';

/** The settings of which there can be several. */

export function Milestones() {
  const form = useProgramFields();
  return (
    <Section title="Milestones">
      <Stack gap="sm">
        {form.getValues().milestones.map((_, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a milestone is known by its place, as in the errors of the API
          <Fieldset key={at} legend={`Milestone ${at + 1}`}>
            <Stack gap="sm">
              <NumberInput
                label="Number of conversions"
                min={1}
                allowDecimal={false}
                {...form.getInputProps(`milestones.${at}.threshold`)}
              />
              <RewardFields path={`milestones.${at}.bonus`} label="Bonus for the referrer" none="No bonus" />
              <Remove what={`milestone ${at + 1}`} onClick={() => form.removeListItem('milestones', at)} />
            </Stack>
          </Fieldset>
        ))}
        <ListError path="milestones" />
        <Add
          what="Add a milestone"
          onClick={() => form.insertListItem('milestones', { threshold: '', bonus: { type: noReward, value: '' } })}
        />
      </Stack>
    </Section>
  );
}

export function EarningRules() {
  const form = useProgramFields();
  return (
    <Section title="Earning rules">
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          Points beside the rewards, whenever a referral converts.
        </Text>
        {form.getValues().earning_rules.map((_, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule is known by its place, as in the errors of the API
          <Fieldset key={at} legend={`Earning rule ${at + 1}`}>
            <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm" mb="sm">
              <TextInput label="Name" maxLength={80} {...form.getInputProps(`earning_rules.${at}.name`)} />
              <NativeSelect
                label="For"
                data={[
                  { value: 'referrer', label: 'the referrer' },
                  { value: 'referee', label: 'the new customer' },
                ]}
                {...form.getInputProps(`earning_rules.${at}.beneficiary`)}
              />
              <NumberInput
                label="Points"
                min={1}
                allowDecimal={false}
                {...form.getInputProps(`earning_rules.${at}.points`)}
              />
            </SimpleGrid>
            <Remove what={`earning rule ${at + 1}`} onClick={() => form.removeListItem('earning_rules', at)} />
          </Fieldset>
        ))}
        <ListError path="earning_rules" />
        <Add
          what="Add an earning rule"
          onClick={() => form.insertListItem('earning_rules', { name: '', beneficiary: 'referrer', points: '' })}
        />
      </Stack>
    </Section>
  );
}

export function Nudges() {
  const form = useProgramFields();
  return (
    <Section title="Reminders">
      <TagsInput
        label="Hours after which a new customer who has not converted is reminded"
        description="Type a number and press Enter; the hours rise."
        placeholder={form.getValues().nudge_after_hours.length === 0 ? 'None' : ''}
        maxTags={20}
        acceptValueOnBlur
        {...form.getInputProps('nudge_after_hours')}
      />
    </Section>
  );
}

/** A fault of the list as a whole stands behind its members. */
function ListError({ path }: { readonly path: 'milestones' | 'earning_rules' }) {
  const { errors } = useProgramFields();
  return (
    errors[path] && (
      <Text size="sm" c="error" role="alert">
        {errors[path]}
      </Text>
    )
  );
}

function Add({ what, onClick }: { readonly what: string; readonly onClick: () => void }) {
  return (
    <Button variant="default" size="xs" w="fit-content" onClick={onClick}>
      {what}
    </Button>
  );
}

function Remove({ what, onClick }: { readonly what: string; readonly onClick: () => void }) {
  return (
    <Button
      variant="subtle"
      color="red"
      size="compact-sm"
      w="fit-content"
      onClick={onClick}
      aria-label={`Remove ${what}`}
    >
      Remove
    </Button>
  );
}
