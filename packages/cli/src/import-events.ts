import type { CloudEvent } from '@referral/contracts';
import { issueToken } from '@referral/host';
import { z } from 'zod';
import { callApi } from './api-client.ts';
import { type JsonBatch, jsonBatches } from './batches.ts';
import type { Patience } from './patience.ts';
import { type Caller, publishBatch } from './publish.ts';
import { CommandError } from './terminal.ts';

const requestsUnderWay = 2;
/** The platform takes 1 MB. */
const maxBodyBytes = 1_000_000;
const maxProblemsTold = 10;

const myCode = z.object({ referral_code: z.string() });

/** The referral codes of these customers, by customer id; made now for those that have none. */
export async function makeCodes(options: {
  readonly url: string;
  readonly secret: string;
  readonly tenantId: string;
  readonly customerIds: readonly string[];
  readonly patience: Patience;
}): Promise<ReadonlyMap<string, string>> {
  const { url, secret, tenantId, customerIds, patience } = options;
  const codes = new Map<string, string>();
  for (const customerId of customerIds) {
    const token = await issueToken(secret, { kind: 'customer', tenantId, customerId });
    const request = { path: '/api/referrals/my-code', token, answer: myCode };
    const { referral_code } = await patience.attempt((signal) => callApi(url, { ...request, signal }));
    codes.set(customerId, referral_code);
  }
  return codes;
}

/**
 * Publishes events, a few batches at a time.
 * @returns how many were accepted
 * @throws CommandError with the first problems, as soon as the platform does not take an event
 */
export async function sendEvents(options: {
  readonly target: Caller;
  readonly events: Iterable<CloudEvent>;
  readonly maxItems: number;
  readonly patience: Patience;
  readonly onSent: (count: number) => void;
}): Promise<number> {
  const { target, events, maxItems, patience, onSent } = options;
  const batches = jsonBatches(events, { maxItems, maxBytes: maxBodyBytes });
  let accepted = 0;
  const sendAll = async (next: Iterable<JsonBatch>) => {
    // The senders share the batches; the first one to fail ends them for all.
    for (const { count, body } of next) {
      const answer = await patience.attempt((signal) => publishBatch(target, body, signal));
      const problems = answer.results.filter(({ status }) => status !== 'accepted');
      if (problems.length > 0) throw new CommandError(describeProblems(problems));
      accepted += answer.accepted;
      onSent(count);
    }
  };
  await Promise.all(Array.from({ length: requestsUnderWay }, () => sendAll(batches)));
  return accepted;
}

function describeProblems(problems: readonly { event_id: string | null; problem?: string | undefined }[]): string {
  const told = problems
    .slice(0, maxProblemsTold)
    .map(({ event_id, problem }) => `${event_id ?? '(no id)'}: ${problem ?? 'no reason given'}`);
  const more = problems.length - told.length;
  return ['The platform did not accept:', ...told, ...(more > 0 ? [`and ${more} more of this batch`] : [])].join('\n');
}
