import { OperationalError } from '@referral/errors';

/** kafkajs calls these final, but they pass when a broker or a group's coordinator comes back. */
const transientNames = new Set([
  'KafkaJSNumberOfRetriesExceeded',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSTimeout',
  'KafkaJSLockTimeout',
]);

/** What kafkajs throws as a plain error, of a broker that has stopped answering and lost its connections. */
const transientMessages = new Set(['Broker not connected']);

/** A group is sharing out its partitions, and its members join again. */
const rebalances = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'NOT_COORDINATOR_FOR_GROUP',
]);

/** Whether a failure of kafkajs may heal by itself. */
export function isTransient(error: unknown): boolean {
  const chain = causes(error);
  const root = chain.at(-1);
  return (
    chain.some(({ name, message }) => transientNames.has(name) || transientMessages.has(message)) ||
    isRebalance(error) ||
    (root !== undefined && 'retriable' in root && root.retriable === true)
  );
}

export function isRebalance(error: unknown): boolean {
  return rebalances.has(brokersAnswer(error));
}

/** Kafka's name of what a broker answered, e.g. `MESSAGE_TOO_LARGE`; empty when it was something else. */
export function brokersAnswer(error: unknown): string {
  return causes(error).map(protocolError).find(Boolean) ?? '';
}

export function isKafkajsError(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('KafkaJS');
}

/** An error and what it was caused by, outermost first. */
export function causes(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let each = error; each instanceof Error && !chain.includes(each); each = each.cause) chain.push(each);
  return chain;
}

/** Tells the failures of `work` that may heal by themselves as `BUS_UNAVAILABLE`, all others as they are. */
export async function operationally<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isTransient(error) ? unavailable(`${what} failed`, error) : error;
  }
}

export function unavailable(message: string, cause?: unknown): OperationalError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new OperationalError('BUS_UNAVAILABLE', `${message}${reason}`, cause);
}

export function busIsClosed(): OperationalError {
  return unavailable('the bus is closed');
}

function protocolError(error: Error): string {
  return 'type' in error && typeof error.type === 'string' ? error.type : '';
}
