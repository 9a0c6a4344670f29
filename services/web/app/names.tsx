/** Text that somebody else has typed: shown as text, in its own direction, on at most three lines. */
export function Typed({ children }: { readonly children: string }) {
  return <bdi className="clamped">{children}</bdi>;
}
