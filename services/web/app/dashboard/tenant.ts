import type { tenantAnswer } from '@referral/contracts';
import { keepPreviousData, type QueryKey, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { z } from 'zod';
import type { ApiProblem } from '../problem.ts';
import type { Session } from '../session.ts';
import type { Formats } from './formats.ts';

export type Tenant = z.infer<typeof tenantAnswer>;

/** What every page of the dashboard knows: whose it is, and how to ask for more. */
export interface Dashboard {
  readonly session: Session;
  readonly tenant: Tenant;
  readonly formats: Formats;
}

export const DashboardContext = createContext<Dashboard | undefined>(undefined);

export function useDashboard(): Dashboard {
  const dashboard = useContext(DashboardContext);
  if (!dashboard) throw new Error('pages of the dashboard stand inside its context');
  return dashboard;
}

interface Asked {
  /** How long an answer is shown before it is asked for again; default: as long as the page is open. */
  readonly everyMs?: number;
  /** Whether the answer to a question before stays until this one's is there. */
  readonly keep?: boolean;
  readonly enabled?: boolean;
}

/** The answer to a GET. @param query undefined members are left out */
export function useApi<Body>(
  path: string,
  query: Readonly<Record<string, string | undefined>> = {},
  { everyMs, keep = false, enabled = true }: Asked = {},
): UseQueryResult<Body, ApiProblem> {
  const { session } = useDashboard();
  const asked = withQuery(path, query);
  return useQuery<Body, ApiProblem>({
    queryKey: apiKey(path, query),
    queryFn: async ({ signal }) => (await session.call<Body>(asked, { signal })).body,
    enabled,
    ...(everyMs !== undefined && { refetchInterval: everyMs }),
    ...(keep && { placeholderData: keepPreviousData }),
  });
}

/** Where an answer is kept; `['api', path]` begins the keys of all answers of a path. */
export function apiKey(path: string, query: Readonly<Record<string, string | undefined>> = {}): QueryKey {
  return ['api', path, query];
}

export function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
