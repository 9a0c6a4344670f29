import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly header: string;
  cell(row: Row): ReactNode;
  readonly isNumber?: boolean;
}

/** Where there is little room each row stands as a block, with its headers beside the cells: see `.stacked`. */
export function DataTable<Row>({
  caption,
  columns,
  rows,
  keyOf,
}: {
  /** What screen readers call it. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}) {
  // Blocks are no table any more to some browsers, unless the roles say so.
  return (
    <div className="table-box">
      <Table className="stacked" aria-label={caption} role="table" verticalSpacing="xs">
        <Table.Thead role="rowgroup">
          <Table.Tr role="row">
            {columns.map(({ header, isNumber }) => (
              <Table.Th key={header} role="columnheader" scope="col" ta={isNumber ? 'end' : 'start'}>
                {header}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody role="rowgroup">
          {rows.map((row) => (
            <Table.Tr key={keyOf(row)} role="row">
              {columns.map(({ header, cell, isNumber }) => (
                <Table.Td key={header} role="cell" data-label={header} className={isNumber ? 'number' : undefined}>
                  <div>{cell(row)}</div>
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
