import { Badge, Button, Group, ScrollArea, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { Section } from '../section.tsx';
import { useDashboard } from '../tenant.ts';
import { feedInWords } from './feed-words.ts';
import { useFeed } from './use-feed.ts';

const stateWords = {
  connecting: 'Connecting …',
  open: 'Live',
  waiting: 'Connection lost, trying again …',
  refused: 'Not available',
} as const;

export function LiveFeed() {
  const { formats } = useDashboard();
  const [isPaused, setPaused] = useState(false);
  const { events, state, hasGap } = useFeed(isPaused);
  return (
    <Section
      title="As it happens"
      beside={
        <Group gap="xs">
          <Badge variant="default" tt="none" role="status">
            {isPaused ? 'Paused' : stateWords[state]}
          </Badge>
          <Button variant="default" size="compact-sm" onClick={() => setPaused(!isPaused)}>
            {isPaused ? 'Go on' : 'Pause'}
          </Button>
        </Group>
      }
    >
      {hasGap && (
        <Text size="sm" c="dimmed">
          You were away for long: some events may be missing here.
        </Text>
      )}
      <ScrollArea.Autosize
        mah={480}
        type="auto"
        viewportProps={{ tabIndex: 0, 'aria-label': 'Events', role: 'region' }}
      >
        <div role="log" aria-live="polite" aria-label="Referral events">
          {events.length === 0 && (
            <Text size="sm" c="dimmed">
              What happens from now on appears here.
            </Text>
          )}
          <Stack gap="xs">
            {events.map((event) => (
              <div key={event.id}>
                <Text size="sm">{feedInWords(event, formats)}</Text>
                <Text size="xs" c="dimmed">
                  <time dateTime={event.time}>{formats.time(event.time)}</time>
                </Text>
              </div>
            ))}
          </Stack>
        </div>
      </ScrollArea.Autosize>
    </Section>
  );
}
