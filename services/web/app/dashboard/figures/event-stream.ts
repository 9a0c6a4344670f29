/** One message of a `text/event-stream`. */
export interface StreamMessage {
  readonly id: string | undefined;
  readonly type: string;
  readonly data: string;
}

/** A line longer than this is nobody's event: what was read of it is dropped. */
const maxBufferedCharacters = 1_000_000;

/**
 * Reads a stream of server-sent events, which the browser's own reader cannot: it sends no token.
 * @returns the messages of each piece, as soon as they are whole (https://html.spec.whatwg.org/multipage/server-sent-events.html)
 */
export function createStreamReader(): (piece: string) => StreamMessage[] {
  let buffered = '';
  let lines: string[] = [];
  return (piece) => {
    const messages: StreamMessage[] = [];
    const complete = (buffered + piece).split(/\r\n|\n|\r(?!$)/);
    buffered = complete.pop() ?? '';
    if (buffered.length > maxBufferedCharacters) buffered = '';
    for (const line of complete) {
      if (line !== '') lines.push(line);
      else {
        const message = toMessage(lines);
        lines = [];
        if (message) messages.push(message);
      }
    }
    return messages;
  };
}

/** @returns undefined for a comment, such as what keeps a connection open, and for what carries no data */
function toMessage(lines: readonly string[]): StreamMessage | undefined {
  let id: string | undefined;
  let type = 'message';
  const data: string[] = [];
  for (const line of lines) {
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === 'id') id = value;
    if (field === 'event') type = value;
    if (field === 'data') data.push(value);
  }
  return data.length === 0 ? undefined : { id, type, data: data.join('\n') };
}
