import { topics } from '@referral/contracts';
import type { Command } from 'commander';
import { openKafkaOfCommand } from '../event-log.ts';
import { checkedBy, installationOf, wholeNumberFrom } from '../options.ts';
import { CommandError, type Terminal } from '../terminal.ts';

interface CreateOptions {
  readonly partitions?: number;
}

export function addTopics(program: Command, terminal: Terminal): void {
  const command = program.command('topics').description('The topics of the platform, on the Kafka in KAFKA_BROKERS.');
  command
    .command('list')
    .description('Prints every topic and how long it keeps its messages.')
    .action(() => {
      const { TOPIC_PREFIX } = installationOf(terminal.env).config;
      const lines = topics.map(({ name, retention }) => `${TOPIC_PREFIX}${name}\t${describeRetention(retention)}\n`);
      terminal.stdout.write(lines.join(''));
    });
  command
    .command('create')
    .description(
      'Creates the topics that are missing, with the default replication of the brokers; leaves the others alone.',
    )
    .option('--partitions <n>', 'of each new topic (default: TOPIC_PARTITIONS)', checkedBy(wholeNumberFrom(1, 1_000)))
    .action(async ({ partitions }: CreateOptions) => {
      const { config } = installationOf(terminal.env);
      if (!config.KAFKA_BROKERS) throw new CommandError('KAFKA_BROKERS names no Kafka to create topics on.');
      const bus = await openKafkaOfCommand(config);
      try {
        const count = partitions ?? config.TOPIC_PARTITIONS;
        await bus.ensureTopics(topics.map((topic) => ({ ...topic, partitions: count })));
        terminal.stdout.write(`${topics.length} topics are there.\n`);
      } finally {
        await bus.close();
      }
    });
}

function describeRetention(retention: (typeof topics)[number]['retention']): string {
  return retention === 'compact' ? 'the newest of each key' : `${retention.ms / 86_400_000} days`;
}
