import { Stack, Text } from '@mantine/core';
import { useTimeout } from '@mantine/hooks';
import { useState } from 'react';
import { Loading } from '../states.tsx';

const slowAfterMs = 4_000;

/** As `Loading`; says so when it takes long. */
export function Waiting({ what, height = 120 }: { readonly what: string; readonly height?: number }) {
  const [isSlow, setSlow] = useState(false);
  useTimeout(() => setSlow(true), slowAfterMs, { autoInvoke: true });
  return (
    <Stack gap="xs" w="100%">
      <Loading what={what} height={height} />
      <Text size="sm" c="dimmed" aria-live="polite">
        {isSlow && 'This takes longer than usual. It is still being asked for …'}
      </Text>
    </Stack>
  );
}
