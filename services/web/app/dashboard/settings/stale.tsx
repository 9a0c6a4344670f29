import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ApiProgram } from '@referral/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiProblem, explain } from '../../problem.ts';
import { DataTable } from '../table.tsx';
import { useDashboard } from '../tenant.ts';
import { programKey, programPath, type SavedProgram } from './page.tsx';
import { differences, settingName, settingValue } from './setting-words.ts';

/** Somebody else has saved meanwhile: whose change it was, what differs, and which of the two shall hold. */
export function StaleModal({
  mine,
  problem,
  isSaving,
  onClose,
  onSaveMine,
}: {
  readonly mine: ApiProgram;
  readonly problem: ApiProblem;
  readonly isSaving: boolean;
  readonly onClose: () => void;
  readonly onSaveMine: (etag: string) => void;
}) {
  const { session } = useDashboard();
  const queries = useQueryClient();
  const read = useMutation({
    mutationFn: async (): Promise<SavedProgram> => {
      const { body, headers } = await session.call<ApiProgram>(programPath);
      return { program: body, etag: headers.get('etag') ?? '' };
    },
  });
  const take = async () => {
    queries.setQueryData<SavedProgram>(programKey, read.data ?? (await read.mutateAsync()));
    onClose();
  };
  return (
    <Modal.Root opened onClose={onClose} size="lg">
      <Modal.Overlay />
      <Modal.Content>
        {/* A header outside of a section would be that of the whole page. */}
        <Modal.Header role="presentation">
          <Modal.Title>Somebody else has changed the programme</Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </Modal.Header>
        <Modal.Body>
          <Stack gap="md">
            <Text size="sm">
              <WhoAndWhen body={problem.body} /> Your changes are not saved, and still in the form.
            </Text>
            {read.data && <Difference mine={mine} theirs={read.data.program} />}
            {read.error && (
              <Text size="sm" c="error" role="alert">
                {read.error instanceof ApiProblem ? explain(read.error) : 'It could not be read.'}
              </Text>
            )}
            <Group gap="sm">
              {!read.data && (
                <Button loading={read.isPending} onClick={() => read.mutate()}>
                  Show the difference
                </Button>
              )}
              {read.data && (
                <Button loading={isSaving} onClick={() => onSaveMine(read.data.etag)}>
                  Save mine instead
                </Button>
              )}
              <Button variant="default" onClick={() => void take().catch(() => undefined)}>
                Take theirs, drop mine
              </Button>
            </Group>
          </Stack>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function WhoAndWhen({ body: { changed_by, changed_at, version } }: { readonly body: ApiProblem['body'] }) {
  const { formats } = useDashboard();
  if (typeof changed_by !== 'string' || typeof changed_at !== 'string') return <>It was changed meanwhile.</>;
  return (
    <>
      <bdi>{changed_by}</bdi> saved version {String(version)} at {formats.moment(changed_at)}.
    </>
  );
}

function Difference({ mine, theirs }: { readonly mine: ApiProgram; readonly theirs: ApiProgram }) {
  const rows = differences(mine, theirs);
  if (rows.length === 0) return <Text size="sm">Both of you want the same: there is no difference.</Text>;
  return (
    <DataTable
      caption="Differences"
      rows={rows}
      keyOf={({ path }) => path}
      columns={[
        { header: 'Setting', cell: ({ path }) => settingName(path) },
        { header: 'Theirs, in force', cell: ({ theirs: value }) => settingValue(value) },
        { header: 'Mine', cell: ({ mine: value }) => settingValue(value) },
      ]}
    />
  );
}
