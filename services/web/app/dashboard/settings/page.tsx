import './without-eval.ts';
import { Stack } from '@mantine/core';
import type { ApiProgram } from '@referral/contracts';
import { useQuery } from '@tanstack/react-query';
import type { ApiProblem } from '../../problem.ts';
import { Answered } from '../answered.tsx';
import { PageTitle } from '../shell.tsx';
import { useDashboard } from '../tenant.ts';
import { History } from './history.tsx';
import { ProgramForm } from './program-form.tsx';
import { Promos } from './promos.tsx';

/** With what a save has to say it replaces. */
export interface SavedProgram {
  readonly program: ApiProgram;
  readonly etag: string;
}

export const programPath = '/api/referrals/program';
export const programKey = ['program'];

export default function SettingsPage() {
  const { session } = useDashboard();
  const saved = useQuery<SavedProgram, ApiProblem>({
    queryKey: programKey,
    queryFn: async ({ signal }) => {
      const { body, headers } = await session.call<ApiProgram>(programPath, { signal });
      return { program: body, etag: headers.get('etag') ?? '' };
    },
    // Nothing changes under somebody's hands; who saves is told if it has changed meanwhile.
    staleTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  return (
    <Stack gap="md" maw={900}>
      <PageTitle>Programme</PageTitle>
      <Answered query={saved} what="The programme" height={640}>
        {(program) => <ProgramForm key={program.etag} saved={program} />}
      </Answered>
      <Promos />
      <History />
    </Stack>
  );
}
