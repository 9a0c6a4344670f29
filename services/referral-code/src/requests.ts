import type { Precondition } from './domain/program.ts';

/** The version as an entity tag: `"v3"`. */
export function toEntityTag(version: number): string {
  return `"v${version}"`;
}

/** A tag that is not one of ours names no version, and so matches none. */
export function toPrecondition(ifMatch: string | undefined): Precondition {
  if (ifMatch === undefined) return 'missing';
  if (ifMatch.trim() === '*') return 'not_needed';
  return ifMatch.split(',').flatMap((tag) => {
    const [, version] = /^"v(\d{1,9})"$/.exec(tag.trim()) ?? [];
    return version === undefined ? [] : [Number(version)];
  });
}
