import { customerKey, deriveId, isWellFormedCode, normalizeEmail, normalizePhone } from '@referral/contracts';
import { decideDocuments } from '@referral/processing';
import { codes, type PairBody, pairs, profiles, visitors } from '../collections.ts';
import type { ClickFact } from '../domain/facts.ts';
import type { Pins, Question } from '../domain/replay.ts';
import { addAsker, newVisitor } from '../domain/visitor.ts';
import type { Context } from './context.ts';

/** A question with who asks it. */
export interface Asked {
  readonly tenant_id: string;
  readonly customer_id: string;
  readonly question: Exclude<Question, { about: 'program' }>;
}

/** What is to be recorded with the referee. */
export interface Answer {
  readonly pins: Partial<Pins>;
  readonly clicks?: readonly ClickFact[];
}

type AskedAbout<About> = Asked & { readonly question: Extract<Question, { about: About }> };

/** Answers in the order of the questions, each kind in one round trip; `undefined` where there is no answer yet. */
export async function answer(context: Context, asked: readonly Asked[]): Promise<(Answer | undefined)[]> {
  const answers = new Map<Asked, Answer>();
  const about = <About extends Asked['question']['about']>(kind: About) =>
    asked.filter((one): one is AskedAbout<About> => one.question.about === kind);
  await Promise.all([
    answerCodes(context, about('code'), answers),
    answerProfiles(context, about('profile'), answers),
    answerPairs(context, about('pair'), answers),
    answerVisitors(context, about('visitor'), answers),
  ]);
  return asked.map((one) => answers.get(one));
}

function isOverdue({ now, latenessMs }: Context, { arrived_at }: { readonly arrived_at: number }): boolean {
  return now() >= arrived_at + latenessMs;
}

async function answerCodes(context: Context, asked: readonly AskedAbout<'code'>[], answers: Map<Asked, Answer>) {
  if (asked.length === 0) return;
  const idOf = ({ tenant_id, question }: AskedAbout<'code'>) => customerKey(tenant_id, question.code);
  const known = await context.store.getMany(codes, new Set(asked.map(idOf)));
  for (const one of asked) {
    const { code } = one.question;
    const owner = known.get(idOf(one))?.body;
    if (owner) {
      const { customer_id, has_profile } = owner;
      answers.set(one, { pins: { codes: [{ code, referrer_id: customer_id, has_profile }] } });
    } else if (!isWellFormedCode(code) || isOverdue(context, one.question)) {
      // What cannot be a code is not waited for: it would hold up whatever the referee does next.
      answers.set(one, { pins: { codes: [{ code, referrer_id: null, has_profile: false }] } });
    }
  }
}

async function answerProfiles(context: Context, asked: readonly AskedAbout<'profile'>[], answers: Map<Asked, Answer>) {
  if (asked.length === 0) return;
  const idOf = ({ tenant_id, question }: AskedAbout<'profile'>) => customerKey(tenant_id, question.referrer_id);
  const known = await context.store.getMany(profiles, new Set(asked.map(idOf)));
  for (const one of asked) {
    const { referrer_id, expected } = one.question;
    const profile = known.get(idOf(one))?.body;
    if (!profile && expected && !isOverdue(context, one.question)) continue;
    answers.set(one, { pins: { profiles: [{ referrer_id, ...contactDigests(one.tenant_id, profile ?? {}) }] } });
  }
}

/** What is compared to find one person behind two accounts. Digests, so that documents hold no contact data. */
export function contactDigests(
  tenantId: string,
  { email, phone }: { readonly email?: string | undefined; readonly phone?: string | undefined },
): { email_digest?: string; phone_digest?: string } {
  const digits = phone === undefined ? undefined : normalizePhone(phone);
  return {
    ...(email ? { email_digest: deriveId('eml', tenantId, normalizeEmail(email)) } : {}),
    ...(digits === undefined ? {} : { phone_digest: deriveId('phn', tenantId, digits) }),
  };
}

/** Claims each unordered pair of customers for the direction that asks first, for ever. */
async function answerPairs({ store }: Context, asked: readonly AskedAbout<'pair'>[], answers: Map<Asked, Answer>) {
  if (asked.length === 0) return;
  const claims = new Map<string, PairBody>();
  const idOf = ({ tenant_id, customer_id, question }: AskedAbout<'pair'>) =>
    deriveId('pair', tenant_id, ...[customer_id, question.referrer_id].sort());
  for (const one of asked) {
    const id = idOf(one);
    if (!claims.has(id)) claims.set(id, { referrer_id: one.question.referrer_id, referee_id: one.customer_id });
  }
  const changes = [...claims].map(([id, body]) => ({ collection: pairs, id, expectedVersion: 0, body }));
  const outcomes = await store.commit(changes);
  const taken = changes.filter((_, index) => outcomes[index]?.status !== 'ok').map(({ id }) => id);
  const known = taken.length > 0 ? await store.getMany(pairs, taken) : undefined;
  for (const one of asked) {
    const id = idOf(one);
    const holder = known?.get(id)?.body ?? claims.get(id);
    const { referrer_id } = one.question;
    answers.set(one, { pins: { pairs: [{ referrer_id, reciprocal: holder?.referrer_id !== referrer_id }] } });
  }
}

/** Writes the asker down before it reads the clicks, so that a click that comes later finds the asker. */
async function answerVisitors(
  { store }: Context,
  asked: readonly AskedAbout<'visitor'>[],
  answers: Map<Asked, Answer>,
) {
  if (asked.length === 0) return;
  const idOf = ({ tenant_id, question }: AskedAbout<'visitor'>) => customerKey(tenant_id, question.visitor_id);
  const { bodies } = await decideDocuments({
    store,
    collection: visitors,
    tasks: asked.map((one) => ({ documentId: idOf(one), command: one })),
    decide: (body, { tenant_id, customer_id, question }) => ({
      body: addAsker(body ?? newVisitor(tenant_id, question.visitor_id), customer_id),
      events: [],
    }),
  });
  for (const one of asked) {
    const { visitor_id } = one.question;
    answers.set(one, { pins: { visitors: [visitor_id] }, clicks: bodies.get(idOf(one))?.clicks ?? [] });
  }
}
