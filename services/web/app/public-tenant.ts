import type { publicTenantAnswer } from '@referral/contracts';
import type { z } from 'zod';
import { callApi } from './api.ts';
import { ApiProblem } from './problem.ts';

export type PublicTenant = z.infer<typeof publicTenantAnswer>;

/** @returns undefined where it cannot be had: a page does without its name, and says amounts without their currency */
export async function readPublicTenant(slug: string, signal: AbortSignal): Promise<PublicTenant | undefined> {
  try {
    return (await callApi<PublicTenant>(`/api/tenants/${encodeURIComponent(slug)}/public`, { signal })).body;
  } catch (error) {
    if (error instanceof ApiProblem) return undefined;
    throw error;
  }
}
