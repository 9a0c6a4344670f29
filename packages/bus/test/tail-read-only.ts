/** Watches a log that another process writes and prints the text of each message. */
import { openEmbeddedBus } from '../src/embedded-bus.ts';

const [, , directory = '', topic = ''] = process.argv;
const bus = openEmbeddedBus({ directory, readOnly: true });

void bus
  .tail({
    topics: [topic],
    from: 'latest',
    onMessages: (messages) => {
      for (const { value } of messages) process.stdout.write(`${Buffer.from(value)}\n`);
    },
  })
  .then(() => process.stdout.write('listening\n'));
