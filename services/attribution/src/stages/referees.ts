import {
  createEvent,
  customerKey,
  type EncodedEvent,
  encodeEvent,
  type ProgramTerms,
  referralNudgeDue,
  referralRevenueChanged,
  referralVerdict,
} from '@referral/contracts';
import { assert, OperationalError } from '@referral/errors';
import type { Document } from '@referral/store';
import { programs, referees } from '../collections.ts';
import type { Nudge } from '../domain/due.ts';
import type { Fact } from '../domain/facts.ts';
import { type ProgramBody, versionInForce } from '../domain/program.ts';
import {
  addFact,
  atTime,
  conclude,
  keepWaiting,
  knows,
  newReferee,
  type RefereeBody,
  revise,
  says,
  settledReferee,
  waitingTag,
} from '../domain/referee.ts';
import type { Pins, Question } from '../domain/replay.ts';
import type { RevenueLine } from '../domain/revenue.ts';
import type { Verdict } from '../domain/verdict.ts';
import { type Answer, type Asked, answer } from './answers.ts';
import type { Context } from './context.ts';

interface Customer {
  readonly tenant_id: string;
  readonly customer_id: string;
}

/** A referee that may wait no longer. */
export interface Look extends Customer {
  /** What has come, as the index of waiters names it, or that the time is over. */
  readonly because: string;
  /** Whether it is the clock alone that brings us here. */
  readonly byClock?: boolean;
}

/** Work for one referee. */
export interface RefereeTask extends Customer {
  readonly command: Command;
}

type Command =
  | { readonly kind: 'fact'; readonly fact: Fact }
  /** `because` is absent where the redelivery of a fact would bring us here again. */
  | { readonly kind: 'look_again'; readonly because?: string }
  | { readonly kind: 'time'; readonly because: string };

const maxAttempts = 100;

/**
 * Brings facts to their referees: loads, replays, asks what is missing, commits, tells. Every step is one round trip for
 * the whole batch. Nothing is published here: whoever acknowledges the batch publishes what is returned.
 */
export async function decideReferees(context: Context, tasks: readonly RefereeTask[]): Promise<EncodedEvent[]> {
  return (await decide(context, tasks)).events;
}

/**
 * Looks again at referees, and publishes what comes of it. Who was woken waits no more, so after a crash nothing would
 * lead here again: a referee that changes stays `unsettled` until all is published.
 */
export async function lookAgain(context: Context, looks: readonly Look[]): Promise<void> {
  if (looks.length === 0) return;
  const tasks = looks.map(
    ({ because, byClock, ...customer }): RefereeTask =>
      byClock ? { ...customer, command: { kind: 'time', because } } : lookTask(customer, because),
  );
  const { events, unsettled } = await decide(context, tasks);
  await context.bus.publish(events);
  // One that has changed meanwhile stays as it is: the sweep looks at it once more.
  await context.store.commit(
    unsettled.map(({ id, version, body }) => ({
      collection: referees,
      id,
      expectedVersion: version,
      body: settledReferee(body),
    })),
  );
}

function lookTask({ tenant_id, customer_id }: Customer, because: string | undefined): RefereeTask {
  const command: Command = { kind: 'look_again', ...(because === undefined ? {} : { because }) };
  return { tenant_id, customer_id, command };
}

interface DecidedReferees {
  readonly events: EncodedEvent[];
  /** What this call has left unsettled, as it wrote it. */
  readonly unsettled: readonly Document<RefereeBody>[];
}

async function decide(context: Context, tasks: readonly RefereeTask[]): Promise<DecidedReferees> {
  const events: EncodedEvent[] = [];
  const unsettled = new Map<string, Document<RefereeBody>>();
  let pending = groupByReferee(tasks);
  for (let attempt = 1; pending.size > 0; attempt += 1) {
    if (attempt > maxAttempts) throw new OperationalError('CONTENTION', 'referees: other writers keep winning');
    const cases = await openCases(context, pending, unsettled);
    await settleAll(context, cases);
    const stale = await commitCases(context, cases);
    const decided = cases.filter(({ id }) => !stale.has(id));
    for (const one of decided) {
      events.push(...eventsOf(one));
      const { id, body, because } = one;
      if (because !== undefined && body.unsettled !== undefined) {
        unsettled.set(id, { id, version: versionOf(one), body });
      }
    }
    const again = await stillAnswerable(context, decided);
    pending = new Map([...[...pending].filter(([id]) => stale.has(id)), ...groupByReferee(again)]);
  }
  return { events, unsettled: [...unsettled.values()] };
}

function versionOf({ document, body }: Case): number {
  const before = document?.version ?? 0;
  return body === document?.body ? before : before + 1;
}

/** One referee's work within a batch. */
interface Case {
  readonly id: string;
  readonly document: Document<RefereeBody> | undefined;
  readonly program: ProgramBody | undefined;
  readonly queue: RefereeTask[];
  body: RefereeBody;
  /** Why it was looked at, unless for a fact. */
  because: string | undefined;
  questions: readonly Question[];
  /** A known event came again, or who decided last may not have told it: everything is to be told again. */
  repeated: boolean;
  readonly verdicts: Verdict[];
  revenue: readonly RevenueLine[];
}

const isByClock = ({ command }: RefereeTask) => command.kind === 'time';

function groupByReferee(tasks: readonly RefereeTask[]): Map<string, RefereeTask[]> {
  const groups = new Map<string, RefereeTask[]>();
  for (const task of tasks) {
    const id = customerKey(task.tenant_id, task.customer_id);
    const group = groups.get(id);
    if (group) group.push(task);
    else groups.set(id, [task]);
  }
  return groups;
}

async function openCases(
  { store, now }: Context,
  pending: ReadonlyMap<string, RefereeTask[]>,
  ownUnsettled: ReadonlyMap<string, Document<RefereeBody>>,
): Promise<Case[]> {
  const tenantIds = new Set([...pending.values()].flatMap(([task]) => (task ? [task.tenant_id] : [])));
  // One after the other: so every version that another writer has pinned is known.
  const documents = await store.getMany(referees, pending.keys());
  const programOf = await store.getMany(programs, tenantIds);
  return [...pending].flatMap(([id, queue]) => {
    const [first] = queue;
    if (!first) return [];
    const document = documents.get(id);
    // Another process has seen to it since: it tells what came of it.
    const isDue = document?.body.due_at !== undefined && document.body.due_at <= now();
    if (!isDue && queue.every(isByClock)) return [];
    return [
      {
        id,
        document,
        program: programOf.get(first.tenant_id)?.body,
        queue: [...queue],
        body: document?.body ?? newReferee(first.tenant_id, first.customer_id),
        because: undefined,
        questions: [],
        repeated: document?.body.unsettled !== undefined && document.version !== ownUnsettled.get(id)?.version,
        verdicts: [],
        revenue: [],
      },
    ];
  });
}

/** Works every queue off; whoever has a question waits for the others, so that questions are answered together. */
async function settleAll(context: Context, cases: readonly Case[]): Promise<void> {
  for (const one of cases) workOff(one, context);
  let active = cases;
  for (;;) {
    active = active.filter(({ questions }) => questions.length > 0);
    if (active.length === 0) break;
    const asked = active.map((one) => one.questions.flatMap((question) => askedBy(one, question)));
    const answers = await answer(context, asked.flat());
    for (const [index, one] of active.entries()) {
      const own = answers.splice(0, asked[index]?.length ?? 0).filter((given) => given !== undefined);
      if (own.length > 0) takeAnswers(one, own);
      else waitFor(one, context);
    }
  }
  for (const one of cases) {
    if (one.body === one.document?.body) continue;
    const { body, revenue } = conclude(one.body, (version) => termsOf(one.program, version), context.latenessMs);
    one.body = body;
    one.revenue = revenue;
  }
}

function takeAnswers(one: Case, answers: readonly Answer[]): void {
  for (const { pins, clicks = [] } of answers) {
    one.body = { ...one.body, pins: addPins(one.body.pins, pins) };
    for (const click of clicks) if (!knows(one.body, click)) one.body = addFact(one.body, click);
  }
  reviseCase(one);
}

function askedBy({ body: { tenant_id, customer_id } }: Case, question: Question): Asked[] {
  return question.about === 'program' ? [] : [{ tenant_id, customer_id, question }];
}

/** Takes all commands, then replays once: what comes of them does not depend on how they were batched. */
function workOff(one: Case, context: Context): void {
  for (const { command } of one.queue) {
    if (command.kind !== 'fact') one.because = command.because;
    else if (knows(one.body, command.fact)) one.repeated = true;
    else one.body = addFact(one.body, command.fact);
  }
  if (one.queue.some(isByClock)) {
    one.body = atTime(one.body, (version) => termsOf(one.program, version), {
      now: context.now(),
      latenessMs: context.latenessMs,
    });
  }
  reviseCase(one);
}

/** Replays; pins programme versions on the way, as they are at hand. */
function reviseCase(one: Case): void {
  for (;;) {
    const revised = revise(one.body, (version) => termsOf(one.program, version));
    const pinned = revised.questions.flatMap((question) => pinnedProgram(one, question));
    if (pinned.length > 0) {
      one.body = { ...one.body, pins: addPins(one.body.pins, { programs: pinned }) };
      continue;
    }
    one.body = revised.body;
    one.questions = revised.questions;
    one.verdicts.push(...revised.verdicts);
    return;
  }
}

function pinnedProgram({ program }: Case, question: Question): Pins['programs'][number][] {
  if (question.about !== 'program') return [];
  const inForce = program && versionInForce(program, question.fact.at);
  return inForce ? [{ event_id: question.fact.event_id, source: question.fact.source, version: inForce.version }] : [];
}

/** The terms of a version that was pinned. */
export function termsOf(program: ProgramBody | undefined, version: number): ProgramTerms {
  const found = program?.versions.find((candidate) => candidate.version === version);
  assert(found, `programme version ${version} was pinned, so it is known`);
  return found.terms;
}

function addPins(pins: Pins, added: Partial<Pins>): Pins {
  return {
    programs: [...pins.programs, ...(added.programs ?? [])],
    codes: [...pins.codes, ...(added.codes ?? [])],
    profiles: [...pins.profiles, ...(added.profiles ?? [])],
    pairs: [...pins.pairs, ...(added.pairs ?? [])],
    visitors: [...pins.visitors, ...(added.visitors ?? [])],
  };
}

/** Nobody knows yet: the referee waits for it, in its document. */
function waitFor(one: Case, { latenessMs }: Context): void {
  const ends = one.questions.flatMap((question) =>
    'arrived_at' in question ? [question.arrived_at + latenessMs] : [],
  );
  const tags = one.questions.map((question) => waitingTag(one.body.tenant_id, question));
  one.body = keepWaiting(one.body, tags, ends.length > 0 ? Math.min(...ends) : undefined);
  one.questions = [];
}

/** @returns those of which another writer was faster */
async function commitCases({ store, now }: Context, cases: readonly Case[]): Promise<ReadonlySet<string>> {
  const changed = cases.filter(({ body, document }) => body !== document?.body && (document || body.facts.length > 0));
  for (const one of changed)
    if (one.because !== undefined) {
      one.body = { ...one.body, unsettled: one.because, unsettled_at: now() };
    }
  const outcomes = await store.commit(
    changed.map(({ id, document, body }) => ({
      collection: referees,
      id,
      expectedVersion: document?.version ?? 0,
      body,
    })),
  );
  return new Set(changed.flatMap(({ id }, index) => (outcomes[index]?.status === 'ok' ? [] : [id])));
}

/** The waiter is written; now look again, in case what it waits for came in between. */
async function stillAnswerable(context: Context, cases: readonly Case[]): Promise<RefereeTask[]> {
  const waiting = cases.filter(({ body }) => body.waiting_for.length > 0);
  if (waiting.length === 0) return [];
  const asked = waiting.flatMap((one) => {
    const { questions } = revise(one.body, (version) => termsOf(one.program, version));
    return questions.flatMap((question) => askedBy(one, question)).map((question) => ({ one, question }));
  });
  const forProgram = waiting.filter(({ body }) => body.waiting_for.includes(`program:${body.tenant_id}`));
  const [answers, programsNow] = await Promise.all([
    answer(
      context,
      asked.map(({ question }) => question),
    ),
    forProgram.length > 0
      ? context.store.getMany(programs, new Set(forProgram.map(({ body }) => body.tenant_id)))
      : new Map<string, Document<ProgramBody>>(),
  ]);
  const isRunning = ({ body: { tenant_id } }: Case) =>
    programsNow.get(tenant_id)?.body.versions.some(({ terms }) => terms.enabled) === true;
  const again = [
    ...asked.filter((_, index) => answers[index] !== undefined).map(({ one }) => one),
    ...forProgram.filter(isRunning),
  ];
  return again.map(({ body, because }) => lookTask(body, because));
}

function eventsOf({ body, because, repeated, verdicts, revenue }: Case): EncodedEvent[] {
  const told = repeated ? says(body) : { verdicts: [], revenue: [] };
  const nudges = repeated || because !== undefined ? (body.nudges ?? []).filter(({ status }) => status === 'due') : [];
  return [
    ...unique([...verdicts, ...told.verdicts], ({ referral_id, revision }) => `${referral_id} ${revision}`).map(
      (verdict) => verdictEvent(verdict, body),
    ),
    ...unique([...revenue, ...told.revenue], ({ order_id, revision }) => `${order_id} ${revision}`).map(revenueEvent),
    ...nudges.map((nudge) => nudgeEvent(body, nudge)),
  ];
}

function unique<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [keyOf(item), item])).values()];
}

/** Its time is when what decided it occurred. */
function verdictEvent(verdict: Verdict, { decisions }: RefereeBody): EncodedEvent {
  const identity = [verdict.referral_id, verdict.revision];
  const decided = decisions.findLast(({ id }) => id === verdict.decision_id);
  const occurredAt = decided?.at ?? verdict.converted_at ?? verdict.attributed_at;
  return encodeEvent(referralVerdict, createEvent(referralVerdict, verdict, { identity, occurredAt }));
}

function nudgeEvent({ tenant_id, customer_id }: RefereeBody, { due_at, status: _, ...nudge }: Nudge): EncodedEvent {
  const data = { tenant_id, referee_customer_id: customer_id, ...nudge };
  const identity = [nudge.referral_id, nudge.after_hours];
  return encodeEvent(referralNudgeDue, createEvent(referralNudgeDue, data, { identity, occurredAt: due_at }));
}

function revenueEvent(line: RevenueLine): EncodedEvent {
  const identity = [line.referee_customer_id, line.order_id, line.revision];
  return encodeEvent(
    referralRevenueChanged,
    createEvent(referralRevenueChanged, line, { identity, occurredAt: line.ordered_at }),
  );
}
