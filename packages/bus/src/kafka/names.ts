import { assertTopicName } from '../topic-name.ts';

/** Names of topics and groups here and on the brokers, where a prefix stands before them. */
export class Names {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** @throws AssertionFailure when the brokers would refuse it */
  topicOnBroker(topic: string): string {
    assertTopicName(`${this.#prefix}${topic}`);
    return `${this.#prefix}${topic}`;
  }

  groupOnBroker(group: string): string {
    return `${this.#prefix}${group}`;
  }

  /** Of a topic, from its name on the brokers. */
  here(topicOnBroker: string): string {
    return topicOnBroker.slice(this.#prefix.length);
  }
}
