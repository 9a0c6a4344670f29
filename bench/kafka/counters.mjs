import { services } from './platform.mjs';

/** Of the driver's own talk with the server. */
const housekeeping = new Set([
  'hello',
  'isMaster',
  'ismaster',
  'ping',
  'endSessions',
  'killCursors',
  'saslStart',
  'saslContinue',
]);
export const counterAims = {
  store_commands: '<= 10',
  redis_round_trips: '<= 3',
  produce_requests: '<= 4',
  offset_commits: '<= 3',
  json_parses_per_event: '= 1',
};

/**
 * What each service asked of its engines for every thousand events that it consumed, and for every batch that it fetched: a
 * batch costs the same however full it is, and a service behind a slower one gets them as that one sends them.
 */
export function perService({ counts }) {
  return Object.fromEntries(
    services.flatMap((service, at) => {
      if (counts[at].messages === 0) return [];
      const { messages, batches, jsonParses, kafka, mongodb, redis } = counts[at];
      const commands = Object.entries(mongodb).filter(([name]) => !housekeeping.has(name));
      const store_commands = commands.reduce((all, [, count]) => all + count, 0);
      const asked = {
        store_commands,
        redis_round_trips: redis,
        produce_requests: kafka.Produce ?? 0,
        offset_commits: kafka.OffsetCommit ?? 0,
      };
      const per = (divisor) =>
        Object.fromEntries(
          Object.entries(asked).map(([name, count]) => [name, Math.round((count / divisor) * 100) / 100]),
        );
      const figures = {
        consumed: messages,
        events_per_batch: Math.round(messages / batches),
        per_thousand_events: per(messages / 1e3),
        per_batch: per(batches),
        json_parses_per_event: Math.round((jsonParses / messages) * 1e4) / 1e4,
      };
      return [[service, figures]];
    }),
  );
}
