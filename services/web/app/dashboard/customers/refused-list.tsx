import { Stack, Text } from '@mantine/core';
import type { refusedAnswer } from '@referral/contracts';
import type { z } from 'zod';
import { Typed } from '../../names.tsx';
import { Empty } from '../../states.tsx';
import { Answered } from '../answered.tsx';
import { refusalInWords } from '../decision-words.ts';
import { Pager, usePaging } from '../paging.tsx';
import { DataTable } from '../table.tsx';
import { useApi, useDashboard } from '../tenant.ts';

type Refused = z.infer<typeof refusedAnswer>;

export function RefusedList() {
  const { formats } = useDashboard();
  const paging = usePaging('refused');
  const refused = useApi<Refused>('/api/referrals/refused', { limit: '25', cursor: paging.cursor }, { keep: true });
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        Signups and purchases that named a referrer and did not become a referral.
      </Text>
      <Answered query={refused} what="The refused attempts" height={480}>
        {({ data, next_cursor }) =>
          data.length === 0 && paging.page === 1 ? (
            <Empty title="No attempt was refused" />
          ) : (
            <Stack gap="sm">
              <DataTable
                caption="Refused attempts, the newest first"
                rows={data}
                keyOf={({ decision_id }) => decision_id}
                columns={[
                  { header: 'Customer', cell: ({ referee_customer_id }) => <Typed>{referee_customer_id}</Typed> },
                  { header: 'Code', cell: ({ code }) => (code === undefined ? 'None typed' : <Typed>{code}</Typed>) },
                  { header: 'When', cell: ({ at }) => formats.moment(at) },
                  { header: 'Why', cell: ({ reason }) => refusalInWords(reason) },
                ]}
              />
              <Pager of="refused attempts" paging={paging} nextCursor={next_cursor} />
            </Stack>
          )
        }
      </Answered>
    </Stack>
  );
}
