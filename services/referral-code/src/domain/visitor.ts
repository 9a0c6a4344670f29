/** Whoever opened links of a tenant with one browser. */
export interface VisitorState {
  readonly tenant_id: string;
  readonly visitor_id: string;
  readonly clicks: number;
}

export function countClick(
  state: VisitorState | undefined,
  about: { readonly tenant_id: string; readonly visitor_id: string },
): VisitorState {
  return state ? { ...state, clicks: state.clicks + 1 } : { ...about, clicks: 1 };
}
