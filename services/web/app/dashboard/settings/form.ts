import { createFormContext } from '@mantine/form';
import type { Draft } from './draft.ts';

export const [ProgramFormProvider, useProgramFields, useProgramForm] = createFormContext<Draft>();
