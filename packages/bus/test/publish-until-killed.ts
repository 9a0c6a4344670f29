/** Publishes the messages that follow what the log holds, for ever, and prints the number of each acknowledged one. */
import { openEmbeddedBus } from '../src/embedded-bus.ts';

const [, , directory = '', topic = '', firstNumber = '0'] = process.argv;
const bus = openEmbeddedBus({ directory });

/** Several at once, of different sizes, so that the kill meets commits in every state. */
async function publishUntilKilled(): Promise<void> {
  for (let next = Number(firstNumber); ; ) {
    const publishes = [1, 20, 3].map(async (size) => {
      const numbers = Array.from({ length: size }, () => next++);
      await bus.publish(
        numbers.map((n) => ({ topic, key: 'key', value: Buffer.from(`${n} ${'x'.repeat(n % 3_000)}`), headers: {} })),
      );
      process.stdout.write(`${numbers.at(-1)}\n`);
    });
    await Promise.all(publishes);
  }
}

void publishUntilKilled();
