import { NativeSelect, NumberInput, SimpleGrid, Switch, Text, TextInput } from '@mantine/core';
import { Section } from '../section.tsx';
import { useDashboard } from '../tenant.ts';
import { useProgramFields } from './form.ts';

/** The settings that are single values, in their sections. */

export function QualifyingFields() {
  const { tenant } = useDashboard();
  const form = useProgramFields();
  const { type } = form.getValues().qualifying_event;
  return (
    <Section title="What converts a referral">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <NativeSelect
          label="The new customer"
          data={[
            { value: 'signup', label: 'signs up' },
            { value: 'first_purchase', label: 'buys for the first time' },
            { value: 'minimum_spend', label: 'has spent an amount' },
          ]}
          {...form.getInputProps('qualifying_event.type')}
        />
        {type === 'minimum_spend' && (
          <NumberInput
            label="Minimum spend"
            description="Net of refunds, since the referral began"
            min={0}
            hideControls
            rightSectionWidth={64}
            rightSection={<Text size="sm">{tenant.currency}</Text>}
            {...form.getInputProps('qualifying_event.minimum_amount')}
          />
        )}
      </SimpleGrid>
    </Section>
  );
}

export function LimitFields() {
  const form = useProgramFields();
  return (
    <Section title="Limits per referrer">
      <NumberInput
        label="Most rewarded referrals"
        description="Empty: no limit"
        min={1}
        allowDecimal={false}
        {...form.getInputProps('limits.max_referrals_per_referrer')}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <NumberInput
          label="Cool-down between two conversions"
          description="0: none"
          min={0}
          allowDecimal={false}
          {...form.getInputProps('limits.cooldown.value')}
        />
        <NativeSelect
          label="Unit of the cool-down"
          description="At most a year"
          data={[
            { value: 'second', label: 'seconds' },
            { value: 'minute', label: 'minutes' },
            { value: 'hour', label: 'hours' },
            { value: 'day', label: 'days' },
          ]}
          {...form.getInputProps('limits.cooldown.unit')}
        />
      </SimpleGrid>
      <NativeSelect
        label="Over a limit"
        data={[
          { value: 'referee_only', label: 'the new customer is still rewarded' },
          { value: 'neither', label: 'neither side is rewarded' },
        ]}
        {...form.getInputProps('limits.over_limit')}
      />
    </Section>
  );
}

export function WindowFields() {
  const form = useProgramFields();
  const days = { min: 1, max: 3_650, allowDecimal: false, clampBehavior: 'none' } as const;
  return (
    <Section title="Windows, in days">
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm" className="bottom-aligned">
        <NumberInput
          label="Attribution"
          description="From the click to the signup"
          {...days}
          {...form.getInputProps('windows.attribution_days')}
        />
        <NumberInput
          label="Conversion"
          description="From the signup to what converts"
          {...days}
          {...form.getInputProps('windows.conversion_days')}
        />
        <NumberInput
          label="Refunds"
          description="In which a refund takes rewards back"
          {...days}
          {...form.getInputProps('windows.reversal_days')}
        />
      </SimpleGrid>
    </Section>
  );
}

export function AttributionFields() {
  const form = useProgramFields();
  return (
    <Section title="Whose referral it is">
      <NativeSelect
        label="Among several clicks"
        description="A typed code counts before any click."
        data={[
          { value: 'last_touch', label: 'the last one counts' },
          { value: 'first_touch', label: 'the first one counts' },
        ]}
        {...form.getInputProps('attribution.model')}
      />
      <Switch
        label="New customers only"
        description="Who has bought before cannot be referred."
        {...form.getInputProps('new_customers_only', { type: 'checkbox' })}
      />
    </Section>
  );
}

export function VisitorFields() {
  const form = useProgramFields();
  return (
    <Section title="What visitors see">
      <TextInput
        type="url"
        label="Landing page"
        description="Where links lead. Empty: our enrolment page"
        placeholder="https://"
        {...form.getInputProps('landing_url')}
      />
      <NativeSelect
        label="The referrer’s name is shown"
        data={[
          { value: 'full', label: 'in full (John Doe)' },
          { value: 'first_initial', label: 'first name and initial (John D.)' },
          { value: 'first', label: 'first name (John)' },
          { value: 'none', label: 'not at all' },
        ]}
        {...form.getInputProps('referrer_name_display')}
      />
    </Section>
  );
}
