/** Text that somebody else has chosen, inside a sentence of ours: whatever its direction, it turns nothing but itself. */
export function isolate(text: string): string {
  return `\u2068${text}\u2069`;
}
