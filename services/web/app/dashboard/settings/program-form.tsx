import { Alert, Button, Group, Paper, Stack, Switch, Text } from '@mantine/core';
import type { ApiProgram } from '@referral/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiProblem, explain } from '../../problem.ts';
import { Section } from '../section.tsx';
import { useDashboard } from '../tenant.ts';
import { readDraft, toDraft, toFieldErrors } from './draft.ts';
import { AttributionFields, LimitFields, QualifyingFields, VisitorFields, WindowFields } from './fields.tsx';
import { ProgramFormProvider, useProgramForm } from './form.ts';
import { historyPath } from './history.tsx';
import { EarningRules, Milestones, Nudges } from './lists.tsx';
import { programKey, programPath, type SavedProgram } from './page.tsx';
import { PromiseToCustomers } from './promise.tsx';
import { Rewards } from './rewards.tsx';
import { StaleModal } from './stale.tsx';

/** The whole programme at once: half a change is never in force. */
export function ProgramForm({ saved }: { readonly saved: SavedProgram }) {
  const { session, tenant } = useDashboard();
  const queries = useQueryClient();
  const [stale, setStale] = useState<{ readonly mine: ApiProgram; readonly problem: ApiProblem }>();
  const form = useProgramForm({
    initialValues: toDraft(saved.program),
    validateInputOnBlur: true,
    validate: (draft) => {
      const read = readDraft(draft, tenant.currency);
      return 'errors' in read ? read.errors : {};
    },
  });
  const save = useMutation({
    mutationFn: ({ program, etag }: SavedProgram) =>
      session.call<ApiProgram>(programPath, { method: 'PUT', body: program, headers: { 'If-Match': etag } }),
    onSuccess: ({ body, headers }) => {
      setStale(undefined);
      queries.setQueryData<SavedProgram>(programKey, { program: body, etag: headers.get('etag') ?? '' });
      void queries.invalidateQueries({ queryKey: ['api', historyPath] });
    },
    onError: (error, { program }) => {
      if (!(error instanceof ApiProblem)) return;
      if (error.status === 412) setStale({ mine: program, problem: error });
      else form.setErrors(toFieldErrors(error.errors));
    },
  });
  useWarningBeforeLeaving(form.isDirty());
  const submit = form.onSubmit(
    (draft) => {
      const read = readDraft(draft, tenant.currency);
      if ('program' in read) save.mutate({ program: read.program, etag: saved.etag });
    },
    (errors) => form.getInputNode(Object.keys(errors)[0] ?? '')?.focus(),
  );
  return (
    <ProgramFormProvider form={form}>
      <form onSubmit={submit} noValidate aria-label="Programme">
        <Stack gap="md">
          <PromiseToCustomers />
          <Section title="Programme">
            <Switch
              label="The programme is on"
              description="While it is off, codes lead to no referral and customers are offered nothing."
              {...form.getInputProps('enabled', { type: 'checkbox' })}
            />
          </Section>
          <Rewards />
          <QualifyingFields />
          <LimitFields />
          <WindowFields />
          <Milestones />
          <EarningRules />
          <Nudges />
          <AttributionFields />
          <VisitorFields />
          <SaveBar
            isDirty={form.isDirty()}
            hasErrors={Object.keys(form.errors).length > 0}
            isSaving={save.isPending}
            problem={save.error instanceof ApiProblem && save.error.status !== 412 ? save.error : undefined}
            onReset={() => form.reset()}
          />
        </Stack>
      </form>
      {stale && (
        <StaleModal
          mine={stale.mine}
          problem={stale.problem}
          isSaving={save.isPending}
          onClose={() => setStale(undefined)}
          onSaveMine={(etag) => save.mutate({ program: stale.mine, etag })}
        />
      )}
    </ProgramFormProvider>
  );
}

interface SaveBarProps {
  readonly isDirty: boolean;
  readonly hasErrors: boolean;
  readonly isSaving: boolean;
  readonly problem: ApiProblem | undefined;
  readonly onReset: () => void;
}

function SaveBar({ isDirty, hasErrors, isSaving, problem, onReset }: SaveBarProps) {
  return (
    <Paper withBorder p="sm" pos="sticky" bottom={8} shadow="md" style={{ zIndex: 2 }}>
      <Stack gap="xs">
        {problem && (
          <Alert color="red" title="It was not saved" role="alert">
            {explain(problem)}
          </Alert>
        )}
        <Group justify="space-between" gap="sm">
          <Text size="sm" role="status">
            {stateWords({ isDirty, hasErrors })}
          </Text>
          <Group gap="sm">
            <Button variant="default" onClick={onReset} disabled={!isDirty || isSaving}>
              Undo
            </Button>
            <Button type="submit" loading={isSaving} disabled={!isDirty}>
              Save
            </Button>
          </Group>
        </Group>
      </Stack>
    </Paper>
  );
}

function stateWords({ isDirty, hasErrors }: Pick<SaveBarProps, 'isDirty' | 'hasErrors'>): string {
  if (hasErrors) return 'Some settings need another look.';
  return isDirty ? 'Not saved yet. Referrals that have begun keep their terms.' : 'Everything is saved.';
}

function useWarningBeforeLeaving(isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isDirty]);
}
