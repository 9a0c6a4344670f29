import { Button, Group, Paper, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import { useCopied } from './copy.ts';

interface YourCodeProps {
  readonly code: string;
  readonly headline: string;
  readonly children: ReactNode;
}

export function YourCode({ code, headline, children }: YourCodeProps) {
  const copied = useCopied();
  return (
    <Paper withBorder p="lg">
      <Stack gap="sm">
        <Title order={2} size="h3">
          {headline}
        </Title>
        {children}
        <div>
          <Text size="sm" c="dimmed">
            Your code
          </Text>
          <Group justify="space-between" gap="xs">
            <span className="portal-code" translate="no">
              {code}
            </span>
            <Button variant="default" onClick={() => copied.copy(code)}>
              {copied.is === 'copied' ? 'Copied' : 'Copy code'}
            </Button>
          </Group>
        </div>
        <VisuallyHidden role="status">{copied.is === 'copied' && 'The code is on your clipboard.'}</VisuallyHidden>
        {copied.is === 'refused' && (
          <Text size="sm" role="alert" c="var(--mantine-color-error)">
            Your browser does not let pages copy. Select the code and copy it yourself.
          </Text>
        )}
      </Stack>
    </Paper>
  );
}
