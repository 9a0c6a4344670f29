import type { Bus } from '@referral/bus';
import type { CloudEvent } from '@referral/contracts';
import { problems } from '@referral/host';
import { Feed } from './feed.ts';

export interface StreamLimits {
  /** Of this process. */
  readonly connections: number;
  /** What may wait for a reader before it is sent away. */
  readonly waitingBytes: number;
  readonly heartbeatMs: number;
  /** Then a reader has to come again, with a token that is still valid. */
  readonly lifetimeMs: number;
}

export const streamLimits: StreamLimits = {
  connections: 50,
  waitingBytes: 1_000_000,
  heartbeatMs: 15_000,
  lifetimeMs: 15 * 60_000,
};

/** A reader that was sent away and takes nothing more is cut off after this. */
const farewellMs = 5_000;

/** Of a response, what a stream of events needs. */
interface Reader {
  write(text: string): unknown;
  end(text: string): unknown;
  destroy(): unknown;
  readonly writableLength: number;
  /** Nothing more can be written. */
  readonly closed: boolean;
  once(event: 'close', listener: () => void): unknown;
}

/** Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) of tenants, to any number of readers. */
export interface Streams {
  /**
   * Tells the reader of everything from now on, and before that of what came after the event `lastId`. Resolves when the
   * reader has been let in, not when it leaves.
   * @param begin called right before the first text
   * @throws Problem 503 when there are as many readers as this process takes, or it is about to stop
   * @throws OperationalError when the topics cannot be watched
   */
  open(tenantId: string, lastId: string | undefined, reader: Reader, begin: () => void): Promise<void>;
  stop(): Promise<void>;
}

/** @param stopping ends every stream, so that nobody has to wait for those who never end by themselves */
export function createStreams(bus: Bus, stopping: AbortSignal, limits: StreamLimits = streamLimits): Streams {
  const feed = new Feed(bus);
  /** With what releases what each of them holds. */
  const readers = new Map<Reader, () => void>();
  let entering = 0;

  const sendAway = (reader: Reader, why: string) => {
    readers.get(reader)?.();
    if (reader.closed) return;
    const cut = setTimeout(() => reader.destroy(), farewellMs).unref();
    reader.once('close', () => clearTimeout(cut));
    reader.end(`: ${why}\n\n`);
  };
  const tell = (reader: Reader, text: string) => {
    reader.write(text);
    if (reader.writableLength > limits.waitingBytes) sendAway(reader, 'too slow, connect again with Last-Event-ID');
  };
  const sendAllAway = () => {
    for (const reader of [...readers.keys()]) sendAway(reader, 'stopping, connect again');
  };

  stopping.addEventListener('abort', sendAllAway);

  return {
    async open(tenantId, lastId, reader, begin) {
      if (readers.size + entering >= limits.connections) throw problems.unavailable('Too many are watching already.');
      entering += 1;
      try {
        await feed.start();
      } finally {
        entering -= 1;
      }
      if (stopping.aborted) throw problems.unavailable('This process is about to stop.');
      if (reader.closed) return;
      begin();
      const { missed, isGap, leave } = feed.watch(tenantId, lastId, (events) =>
        tell(reader, events.map(toText).join('')),
      );
      const beat = setInterval(() => tell(reader, ': still here\n\n'), limits.heartbeatMs).unref();
      const end = setTimeout(() => sendAway(reader, 'connect again'), limits.lifetimeMs).unref();
      const release = () => {
        readers.delete(reader);
        leave();
        clearInterval(beat);
        clearTimeout(end);
      };
      readers.set(reader, release);
      reader.once('close', release);
      tell(reader, `${isGap ? gap : welcome}${missed.map(toText).join('')}`);
    },
    async stop() {
      sendAllAway();
      await feed.stop();
    },
  };
}

/** Also sends the headers on their way. */
const welcome = ': watching\n\n';
/** The reader's last event is not known here any more: what it shows may be incomplete. */
const gap = 'event: gap\ndata: {}\n\n';

function toText({ id, type, source, time, data }: CloudEvent): string {
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ id, type, source, time, data })}\n\n`;
}
