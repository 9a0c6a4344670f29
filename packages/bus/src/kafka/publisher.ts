import { AssertionFailure, backoffDelayMs, defaultBackoff, isOperational, pause } from '@referral/errors';
import type { Message as OutgoingMessage, Producer } from 'kafkajs';
import type { Message } from '../bus.ts';
import { JoinedCalls } from '../joined-calls.ts';
import { brokersAnswer, isTransient, unavailable } from './failures.ts';
import { sizeOf, toKafka } from './messages.ts';
import type { KafkaTiming } from './options.ts';
import { maxMessageBytes, type Topics } from './topics.ts';

/** Bounds of one send. A broker takes a million bytes per partition unless it was told otherwise. */
const maxSendBytes = 900_000;
const maxSendMessages = 5_000;

/** Of what callers wait for. */
const maxWaitingBytes = 64 * 1024 * 1024;

/** What a retry cannot heal: the message itself is at fault. */
const refusals = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'INVALID_TIMESTAMP']);

interface Outgoing {
  readonly topic: string;
  readonly message: OutgoingMessage;
  readonly bytes: number;
}

/** Messages of one caller that go into the same send. */
interface Parcel {
  readonly messages: readonly Outgoing[];
  readonly bytes: number;
  /** The broker does not take one of them. */
  refusal?: AssertionFailure;
}

/** Sends messages, one send at a time; callers that come meanwhile share the next one. */
export class Publisher {
  readonly #createProducer: () => Producer;
  readonly #topics: Topics;
  readonly #timing: KafkaTiming;
  readonly #sends = new JoinedCalls<Parcel>((parcels) => this.#sendParcels(parcels), countFitting, {
    isShared: isOperational,
  });
  readonly #underWay = new Set<Promise<void>>();
  #producer: Producer | undefined;
  #waitingBytes = 0;
  /** The last send failed: until one succeeds, callers learn at once. */
  #away = false;

  constructor(createProducer: () => Producer, topics: Topics, timing: KafkaTiming) {
    this.#createProducer = createProducer;
    this.#topics = topics;
    this.#timing = timing;
  }

  /**
   * Resolves when all in-sync replicas have every message. Topics are named as on the brokers.
   * @throws OperationalError `BUS_UNAVAILABLE`; AssertionFailure when a broker refuses a message for what it is
   */
  async publish(messages: readonly Message[]): Promise<void> {
    const parcels = pack(messages);
    const bytes = parcels.reduce((sum, parcel) => sum + parcel.bytes, 0);
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > maxWaitingBytes) {
      throw unavailable('too many messages wait to be sent');
    }
    this.#waitingBytes += bytes;
    const published = this.#publish(messages, parcels);
    this.#underWay.add(published);
    try {
      await published;
    } finally {
      this.#waitingBytes -= bytes;
      this.#underWay.delete(published);
    }
  }

  /** Resolves when everything that was begun has been answered and the connection is closed. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#disconnect();
  }

  async #publish(messages: readonly Message[], parcels: readonly Parcel[]): Promise<void> {
    await this.#topics.ensureNamed(messages.map(({ topic }) => topic));
    // All, so that nothing is under way any more when the caller hears of a failure and repeats.
    const sends = await Promise.allSettled(parcels.map((parcel) => this.#sends.add(parcel)));
    for (const { refusal } of parcels) if (refusal) throw refusal;
    for (const send of sends) if (send.status === 'rejected') throw send.reason;
  }

  async #sendParcels(parcels: readonly Parcel[]): Promise<void> {
    const owners = new Map(parcels.flatMap((parcel) => parcel.messages.map((message) => [message, parcel])));
    await this.#sendDivided([...owners.keys()], (message, refusal) => {
      const owner = owners.get(message);
      if (owner) owner.refusal = refusal;
    });
  }

  /** Halves a send that is refused until the messages at fault are alone: nobody's else are theirs to lose. */
  async #sendDivided(
    messages: readonly Outgoing[],
    refuse: (message: Outgoing, refusal: AssertionFailure) => void,
  ): Promise<void> {
    try {
      await this.#sendPatiently(messages);
    } catch (error) {
      const answer = brokersAnswer(error);
      if (!refusals.has(answer)) throw unavailable('publishing failed', error);
      const [only, ...others] = messages;
      if (only && others.length === 0) {
        return refuse(
          only,
          tooMuch(`the broker does not take a message of ${only.bytes} bytes to ${only.topic}: ${answer}`),
        );
      }
      const middle = Math.ceil(messages.length / 2);
      await this.#sendDivided(messages.slice(0, middle), refuse);
      await this.#sendDivided(messages.slice(middle), refuse);
    }
  }

  /** A send that failed may have been kept all the same, so a repetition may double messages; it never loses one. */
  async #sendPatiently(messages: readonly Outgoing[]): Promise<void> {
    const deadline = performance.now() + (this.#away ? 0 : this.#timing.publishTimeoutMs);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#send(messages);
        this.#away = false;
        return;
      } catch (error) {
        if (refusals.has(brokersAnswer(error))) throw error;
        if (brokersAnswer(error) === 'UNKNOWN_TOPIC_OR_PARTITION') this.#topics.forget(new Set(topicsOf(messages)));
        if (!isTransient(error) || performance.now() >= deadline) {
          this.#away = true;
          await this.#disconnect();
          throw error;
        }
        await pause(Math.min(backoffDelayMs(defaultBackoff, attempt), Math.max(0, deadline - performance.now())));
      }
    }
  }

  async #send(messages: readonly Outgoing[]): Promise<void> {
    if (!this.#producer) {
      const producer = this.#createProducer();
      await producer.connect();
      this.#producer = producer;
    }
    const byTopic = new Map<string, OutgoingMessage[]>();
    for (const { topic, message } of messages) {
      const sameTopic = byTopic.get(topic);
      if (sameTopic) sameTopic.push(message);
      else byTopic.set(topic, [message]);
    }
    await this.#producer.sendBatch({
      acks: -1,
      timeout: this.#timing.sendTimeoutMs,
      topicMessages: [...byTopic].map(([topic, sameTopic]) => ({ topic, messages: sameTopic })),
    });
  }

  /** A fresh producer has forgotten topics that are gone and brokers that moved. */
  async #disconnect(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    // It failed, or has nothing left to say.
    await producer?.disconnect().catch(() => {});
  }
}

function pack(messages: readonly Message[]): Parcel[] {
  const parcels: Parcel[] = [];
  let together: Outgoing[] = [];
  let bytes = 0;
  const close = () => {
    if (together.length > 0) parcels.push({ messages: together, bytes });
    together = [];
    bytes = 0;
  };
  for (const message of messages) {
    const size = sizeOf(message);
    if (size > maxMessageBytes)
      throw tooMuch(`a message to ${message.topic} takes ${size} bytes of ${maxMessageBytes}`);
    if (bytes + size > maxSendBytes || together.length >= maxSendMessages) close();
    together.push({ topic: message.topic, message: toKafka(message), bytes: size });
    bytes += size;
  }
  close();
  return parcels;
}

function countFitting(parcels: readonly Parcel[]): number {
  let [bytes, messages, count] = [0, 0, 0];
  for (const parcel of parcels) {
    bytes += parcel.bytes;
    messages += parcel.messages.length;
    if (count > 0 && (bytes > maxSendBytes || messages > maxSendMessages)) break;
    count += 1;
  }
  return count;
}

function topicsOf(messages: readonly Outgoing[]): string[] {
  return messages.map(({ topic }) => topic);
}

function tooMuch(message: string): AssertionFailure {
  return new AssertionFailure(message);
}
