import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ApiProblem } from '../problem.ts';
import { Failed } from '../states.tsx';
import { Waiting } from './waiting.tsx';

/**
 * What an answer shows, and what stands there until it has come or when it does not. An answer that could not be had anew
 * stays, with a word about that.
 */
export function Answered<Body>({
  query: { data, error, refetch },
  what,
  height,
  children,
}: {
  readonly query: UseQueryResult<Body, ApiProblem>;
  /** As in “could not be loaded”: “The channels”. */
  readonly what: string;
  readonly height?: number;
  readonly children: (body: Body) => ReactNode;
}) {
  return (
    <>
      {error && <Failed what={what} problem={error} onRetry={() => void refetch()} />}
      {data !== undefined && children(data)}
      {data === undefined && !error && <Waiting what={what} {...(height !== undefined && { height })} />}
    </>
  );
}
