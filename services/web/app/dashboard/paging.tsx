import { Button, Group } from '@mantine/core';
import { useState } from 'react';

/** Where somebody is in a list that knows its next page only. */
export interface Paging {
  /** Undefined on the first page. */
  readonly cursor: string | undefined;
  readonly page: number;
  next(cursor: string): void;
  previous(): void;
}

/** @param about what the list is of; another one begins at its first page */
export function usePaging(about: string): Paging {
  const [visited, setVisited] = useState<{ about: string; cursors: readonly string[] }>({ about, cursors: [] });
  const cursors = visited.about === about ? visited.cursors : [];
  return {
    cursor: cursors.at(-1),
    page: cursors.length + 1,
    next: (cursor) => setVisited({ about, cursors: [...cursors, cursor] }),
    previous: () => setVisited({ about, cursors: cursors.slice(0, -1) }),
  };
}

export function Pager({
  of,
  paging,
  nextCursor,
}: {
  /** What the pages are of: “referrals”. */
  readonly of: string;
  readonly paging: Paging;
  readonly nextCursor: string | null;
}) {
  if (paging.page === 1 && nextCursor === null) return null;
  return (
    <Group component="nav" aria-label={`Pages of ${of}`} gap="sm">
      <Button variant="default" size="xs" disabled={paging.page === 1} onClick={() => paging.previous()}>
        Previous
      </Button>
      <span aria-live="polite">Page {paging.page}</span>
      <Button
        variant="default"
        size="xs"
        disabled={nextCursor === null}
        onClick={() => nextCursor !== null && paging.next(nextCursor)}
      >
        Next
      </Button>
    </Group>
  );
}
