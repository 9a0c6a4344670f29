import { Group, NativeSelect } from '@mantine/core';
import { DatePickerInput } from '@mantine/dates';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { dateIn, type Preset, presets, type Range } from '../range.ts';
import { useDashboard } from '../tenant.ts';

const custom = 'custom';

/** The range stands in the address, so that it can be shared and survives a reload. */
export function RangePicker({ preset, range }: { readonly preset: Preset | undefined; readonly range: Range }) {
  const { formats } = useDashboard();
  const [, setParams] = useSearchParams();
  const today = dateIn(new Date(), formats.timeZone);
  const show = (params: Record<string, string>) => setParams(params, { replace: true });
  return (
    <Group align="end" gap="sm">
      <NativeSelect
        label="Period"
        value={preset ?? custom}
        onChange={({ currentTarget: { value } }) =>
          show(value === custom ? { from: range.from ?? today, to: range.to ?? today } : { period: value })
        }
        data={[
          ...Object.entries(presets).map(([value, label]) => ({ value, label })),
          { value: custom, label: 'Custom' },
        ]}
      />
      {preset === undefined && <CustomRange range={range} today={today} onChoose={(from, to) => show({ from, to })} />}
    </Group>
  );
}

function CustomRange({
  range: { from, to },
  today,
  onChoose,
}: {
  readonly range: Range;
  readonly today: string;
  readonly onChoose: (from: string, to: string) => void;
}) {
  const { formats } = useDashboard();
  const [chosen, setChosen] = useState<[string | null, string | null]>([from, to]);
  return (
    <DatePickerInput
      type="range"
      label={`Days (${formats.timeZone})`}
      allowSingleDateInRange
      maxDate={today}
      value={chosen}
      onChange={(dates) => {
        setChosen(dates);
        const [first, last] = dates;
        if (first !== null && last !== null) onChoose(first, last);
      }}
      miw={240}
    />
  );
}
