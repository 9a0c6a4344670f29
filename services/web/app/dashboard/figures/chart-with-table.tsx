import { Button, Collapse, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { type Column, DataTable } from '../table.tsx';

/** A chart is a picture to some; everybody can have its numbers. */
export function ChartWithTable<Row>({
  title,
  rows,
  columns,
  keyOf,
  children,
}: {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string;
  /** The chart, without anything that takes the focus. */
  readonly children: ReactNode;
}) {
  const [isOpen, { toggle }] = useDisclosure(false);
  return (
    <Stack gap="xs" align="stretch">
      <div role="img" aria-label={`Chart: ${title}`}>
        {children}
      </div>
      <Button variant="subtle" size="compact-sm" onClick={toggle} aria-expanded={isOpen} w="fit-content">
        {isOpen ? 'Hide the numbers' : 'Show the numbers'}
      </Button>
      <Collapse expanded={isOpen}>
        {isOpen && <DataTable caption={title} rows={rows} columns={columns} keyOf={keyOf} />}
      </Collapse>
    </Stack>
  );
}
