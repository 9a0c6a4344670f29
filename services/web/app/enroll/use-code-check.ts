import type { validateAnswer } from '@referral/contracts';
import { useEffect, useState } from 'react';
import type { z } from 'zod';
import { callApi } from '../api.ts';
import { ApiProblem } from '../problem.ts';

export type ValidCode = Extract<z.infer<typeof validateAnswer>, { valid: true }>;

export type CodeCheck =
  | { readonly state: 'none' | 'incomplete' | 'checking' | 'unknown' }
  | { readonly state: 'valid'; readonly answer: ValidCode }
  | { readonly state: 'failed'; readonly problem: ApiProblem };

/** So long after the last key the code is taken for what was meant. */
const quietMs = 400;
const codeLength = 8;

/** Tells while it is typed whether a code counts. Only whole codes are asked about: each miss counts against a limit. */
export function useCodeCheck(slug: string, typed: string): CodeCheck {
  const code = normalized(typed);
  const [checked, setChecked] = useState<{ readonly code: string; readonly check: CodeCheck }>();
  useEffect(() => {
    if (code.length !== codeLength) return;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      void checkCode(slug, code, controller.signal).then((check) => {
        if (!controller.signal.aborted) setChecked({ code, check });
      });
    }, quietMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [slug, code]);
  if (code === '') return { state: 'none' };
  if (code.length < codeLength) return { state: 'incomplete' };
  if (code.length > codeLength) return { state: 'unknown' };
  return checked?.code === code ? checked.check : { state: 'checking' };
}

/** Case, spaces and hyphens do not matter, as for the API. */
function normalized(typed: string): string {
  return typed.replace(/[\s-]/g, '').toUpperCase();
}

async function checkCode(slug: string, code: string, signal: AbortSignal): Promise<CodeCheck> {
  try {
    const body = { referral_code: code, tenant_slug: slug };
    const answer = await callApi<z.infer<typeof validateAnswer>>('/api/referrals/validate', { body, signal });
    return answer.body.valid ? { state: 'valid', answer: answer.body } : { state: 'unknown' };
  } catch (error) {
    if (error instanceof ApiProblem) return { state: 'failed', problem: error };
    if (signal.aborted) return { state: 'checking' };
    throw error;
  }
}
