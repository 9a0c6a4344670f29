import { Button, Group, NativeSelect, NumberInput, SimpleGrid, Text } from '@mantine/core';
import { Section } from '../section.tsx';
import { useDashboard } from '../tenant.ts';
import { rewardTypeWords } from '../words.ts';
import { noReward, type RewardDraft } from './draft.ts';
import { useProgramFields } from './form.ts';

export function Rewards() {
  return (
    <Section title="Rewards">
      <Presets />
      <RewardFields path="referrer_reward" label="The referrer gets" none="Nothing" />
      <RewardFields path="referee_reward" label="The new customer gets" none="Nothing" />
    </Section>
  );
}

/** As the product is usually begun with. */
function Presets() {
  const { formats } = useDashboard();
  const form = useProgramFields();
  const choose = (referrer: RewardDraft, referee: RewardDraft) => {
    form.setFieldValue('referrer_reward', referrer);
    form.setFieldValue('referee_reward', referee);
  };
  const percent = (value: number): RewardDraft => ({ type: 'discount_percent', value });
  return (
    <Group gap="xs">
      <Text size="sm" c="dimmed">
        Begin with
      </Text>
      <Button variant="default" size="compact-sm" onClick={() => choose(percent(10), percent(10))}>
        Give 10%, get 10%
      </Button>
      <Button variant="default" size="compact-sm" onClick={() => choose({ type: 'credit', value: 20 }, percent(15))}>
        Refer a friend, get {formats.money(20)} credit
      </Button>
    </Group>
  );
}

const typeOptions = Object.entries(rewardTypeWords).map(([value, label]) => ({ value, label }));

export function RewardFields({
  path,
  label,
  none,
}: {
  readonly path: 'referrer_reward' | 'referee_reward' | `milestones.${number}.bonus`;
  readonly label: string;
  /** What it is called when there is none. */
  readonly none: string;
}) {
  const { tenant } = useDashboard();
  const form = useProgramFields();
  const type: unknown = form.getInputProps(`${path}.type`).value;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      <NativeSelect
        label={label}
        data={[{ value: noReward, label: none }, ...typeOptions]}
        {...form.getInputProps(`${path}.type`)}
      />
      {type !== noReward && (
        <NumberInput
          label={`${label}: how much`}
          min={0}
          hideControls
          rightSectionWidth={64}
          rightSection={<Text size="sm">{unitOf(type, tenant.currency)}</Text>}
          {...form.getInputProps(`${path}.value`)}
        />
      )}
    </SimpleGrid>
  );
}

function unitOf(type: unknown, currency: string): string {
  if (type === 'discount_percent') return '%';
  return type === 'points' ? 'points' : currency;
}
