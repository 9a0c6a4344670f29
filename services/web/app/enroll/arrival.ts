/** What somebody brings to the enrolment page, in its address. */
export interface Arrival {
  readonly slug: string;
  readonly code: string;
  readonly visitorId: string | undefined;
}

export function arrivalOf({ pathname, search }: { readonly pathname: string; readonly search: string }): Arrival {
  const query = new URLSearchParams(search);
  const visitorId = query.get('visitor_id') ?? '';
  return {
    slug: slugOf(pathname),
    code: (query.get('ref') ?? '').slice(0, maxCodeLength),
    // As links give it out; anything else would make the whole form be refused.
    visitorId: /^vis_[0-9a-f]{32}$/.test(visitorId) ? visitorId : undefined,
  };
}

/** As the call for it has it. */
export const maxCodeLength = 64;

function slugOf(pathname: string): string {
  const [, encoded = ''] = /^\/enroll\/([^/]*)/.exec(pathname) ?? [];
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
