import { Button, Container, Paper, Skeleton, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import type { ReactNode } from 'react';
import { type ApiProblem, explain } from './problem.ts';

/** In place of what is on its way: as tall as that will be, so that nothing jumps. */
export function Loading({ what, height = 120 }: { readonly what: string; readonly height?: number }) {
  return (
    <div role="status" aria-busy="true">
      <VisuallyHidden>Loading {what} …</VisuallyHidden>
      <Skeleton height={height} radius="md" />
    </div>
  );
}

/** In place of what could not be had: what is wrong, and what can be done about it. */
export function Failed({
  what,
  problem,
  onRetry,
}: {
  /** As in “could not be loaded”: “Your code”. */
  readonly what: string;
  readonly problem: ApiProblem;
  readonly onRetry?: () => void;
}) {
  return (
    <Paper withBorder p="md" role="alert">
      <Stack gap="xs" align="flex-start">
        <Text fw={600}>{what} could not be loaded</Text>
        <Text size="sm">{explain(problem)}</Text>
        {onRetry && (
          <Button variant="default" size="sm" onClick={onRetry}>
            Try again
          </Button>
        )}
        {problem.requestId && (
          <Text size="xs" c="dimmed">
            Reference for support: {problem.requestId}
          </Text>
        )}
      </Stack>
    </Paper>
  );
}

/** In place of a list that has nothing in it yet, or nothing of what was asked for. */
export function Empty({ title, children }: { readonly title: ReactNode; readonly children?: ReactNode }) {
  return (
    <Paper withBorder p="lg">
      <Stack gap={4} align="center" ta="center">
        <Text fw={600}>{title}</Text>
        {children && (
          <Text size="sm" c="dimmed" component="div">
            {children}
          </Text>
        )}
      </Stack>
    </Paper>
  );
}

/** In place of a whole page that there is nothing to show on. */
export function Notice({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Container component="main" size="xs" py="xl">
      <Stack gap="md" align="flex-start">
        <Title order={1} size="h2">
          {title}
        </Title>
        {children}
      </Stack>
    </Container>
  );
}

/** In place of a page whose own code has failed. */
export function Crashed() {
  return (
    <Notice title="Something went wrong on this page">
      <Text>Nothing is lost. Loading the page again usually helps.</Text>
      <Button onClick={() => window.location.reload()}>Load it again</Button>
    </Notice>
  );
}
