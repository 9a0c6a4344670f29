import { List, Stack, Text } from '@mantine/core';
import type { programHistoryAnswer } from '@referral/contracts';
import type { z } from 'zod';
import { Typed } from '../../names.tsx';
import { Empty } from '../../states.tsx';
import { Answered } from '../answered.tsx';
import { Pager, usePaging } from '../paging.tsx';
import { Section } from '../section.tsx';
import { DataTable } from '../table.tsx';
import { useApi, useDashboard } from '../tenant.ts';
import { settingName, settingValue } from './setting-words.ts';

type ProgramHistory = z.infer<typeof programHistoryAnswer>;
type Version = ProgramHistory['data'][number];

export const historyPath = '/api/referrals/program/history';

export function History() {
  const { formats } = useDashboard();
  const paging = usePaging('history');
  const history = useApi<ProgramHistory>(historyPath, { limit: '5', cursor: paging.cursor }, { keep: true });
  return (
    <Section title="History">
      <Answered query={history} what="The history" height={240}>
        {({ data, next_cursor }) =>
          data.length === 0 ? (
            <Empty title="No programme was ever saved" />
          ) : (
            <Stack gap="sm">
              <DataTable
                caption="Versions of the programme, the newest first"
                rows={data}
                keyOf={({ version }) => String(version)}
                columns={[
                  { header: 'Version', cell: ({ version }) => formats.count(version) },
                  { header: 'When', cell: ({ changed_at }) => formats.moment(changed_at) },
                  { header: 'Who', cell: ({ changed_by }) => <Typed>{changed_by}</Typed> },
                  { header: 'What', cell: ({ changes }) => <Changes changes={changes} /> },
                ]}
              />
              <Pager of="the history" paging={paging} nextCursor={next_cursor} />
            </Stack>
          )
        }
      </Answered>
    </Section>
  );
}

function Changes({ changes }: Pick<Version, 'changes'>) {
  if (changes.length === 0) return <Text size="sm">As before</Text>;
  return (
    <List size="sm" listStyleType="none">
      {changes.map(({ path, before, after }) => (
        <List.Item key={path}>
          {settingName(path)}: <bdi>{settingValue(before)}</bdi> → <bdi>{settingValue(after)}</bdi>
        </List.Item>
      ))}
    </List>
  );
}
