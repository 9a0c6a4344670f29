import type { DeliveredMessage } from '@referral/bus';
import { definitionOf, eventDefinitions } from '@referral/contracts';
import { type Command, Option } from 'commander';
import picocolors from 'picocolors';
import { eventLine, readEvent } from '../event-line.ts';
import { openEventLog } from '../event-log.ts';
import { installationOf } from '../options.ts';
import { CommandError, type Terminal, usageExitCode } from '../terminal.ts';
import { inTimeOrder } from '../time-order.ts';

/** Beyond this many events, `listen` begins to forget which it has shown. */
const maxRemembered = 100_000;

interface ListenOptions {
  readonly from: 'earliest' | 'latest';
  readonly json?: true;
}

const allTopics = eventDefinitions.map(({ type }) => type);

export function addListen(program: Command, terminal: Terminal): void {
  program
    .command('listen')
    .description('Shows events as they happen, until Ctrl-C.')
    .argument('[topic...]', 'only these topics')
    .addOption(new Option('--from <position>', 'where to begin').choices(['earliest', 'latest']).default('latest'))
    .option('--json', 'one JSON event per line')
    .addHelpText(
      'after',
      '\nTimes are UTC. Amounts stand as events carry them: minor units, basis points, points.\n' +
        '--from earliest goes through what is kept topic by topic: the order holds within a key.',
    )
    .action(async (topics: string[], { from, json }: ListenOptions) => {
      checkTopics(topics);
      const toLine = json ? jsonLine : coloredLine(terminal);
      const order = inTimeOrder((messages) => {
        terminal.stdout.write(messages.map((message) => `${toLine(message)}\n`).join(''));
      });
      const bus = await openEventLog(installationOf(terminal.env).config);
      try {
        await bus.tail({ topics: topics.length > 0 ? topics : allTopics, from, onMessages: order.take });
        await terminal.interrupted();
      } finally {
        await bus.close();
        order.flush();
      }
    });
}

function checkTopics(topics: readonly string[]): void {
  const unknown = topics.filter((topic) => !definitionOf(topic));
  if (unknown.length === 0) return;
  throw new CommandError(`No such topic: ${unknown.join(', ')}. There are: ${allTopics.join(', ')}`, usageExitCode);
}

/** Delivery is at least once: a line about an event that was shown before says so, lest it look like another one. */
function coloredLine({ stdout, env }: Terminal): (message: DeliveredMessage) => string {
  const colors = picocolors.createColors(stdout.isTTY === true && !env.NO_COLOR);
  const shown = new Set<string>();
  return (message) => {
    const read = readEvent(message);
    const identity = 'event' in read ? `${read.event.source} ${read.event.id}` : '';
    const isRepeat = identity !== '' && shown.has(identity);
    if (shown.size >= maxRemembered) shown.clear();
    shown.add(identity);
    return `${eventLine(message, colors)}${isRepeat ? colors.dim(' (repeat)') : ''}`;
  };
}

function jsonLine(message: DeliveredMessage): string {
  const read = readEvent(message);
  if ('event' in read) return JSON.stringify(read.event);
  const { topic, partition, offset } = message;
  return JSON.stringify({ topic, partition, offset, error: read.fault });
}
