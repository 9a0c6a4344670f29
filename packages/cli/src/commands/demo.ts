import type { Bus } from '@referral/bus';
import { consumerGroups, tenantId } from '@referral/contracts';
import { pause } from '@referral/errors';
import { issueToken } from '@referral/host';
import type { Command } from 'commander';
import { z } from 'zod';
import { callApi, openLink } from '../api-client.ts';
import { type DemoPlan, demoChannel, planDemo, runIdOf } from '../demo-plan.ts';
import { demoTenant, ensureDemoTenant } from '../demo-tenant.ts';
import { type DemoWatch, watchDemo } from '../demo-watch.ts';
import { openEventLog } from '../event-log.ts';
import { checkedBy, installationOf, urlOption } from '../options.ts';
import { fateLine, fateOf, publishOne } from '../publish.ts';
import { signingSecret } from '../signing-secret.ts';
import { CommandError, type Terminal } from '../terminal.ts';

interface DemoOptions {
  readonly tenant: string;
  readonly run?: string;
  readonly url?: string;
}

const finishWithinMs = 15_000;
const pollMs = 100;
/** With everything consumed, what is still on its way to this terminal comes within a few polls of the log. */
const quietMs = 300;
const rewardsOfOneReferral = 2;

const runId = z.string().regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, hyphens or underscores');

export function addDemo(program: Command, terminal: Terminal): void {
  program
    .command('demo')
    .description('Plays share → click → signup → purchase against the running platform and shows every event of it.')
    .option(
      '--tenant <tenant-id>',
      'a tenant with a programme that rewards both sides; the default is made when it is missing',
      checkedBy(tenantId),
      demoTenant.tenant_id,
    )
    .option('--run <id>', 'plays this run again (default: a new one, named by the time)', checkedBy(runId))
    .addOption(urlOption())
    .addHelpText(
      'after',
      `
Every id and time that the demo sends follows from the run's id, so that the platform recognises the same run as a repeat
and rewards nobody again. An id such as 20260320T101500Z is also the time of the signup; for any other id that is a second
of 2026-01-01 which follows from it. The purchase comes one second later.`,
    )
    .action((options: DemoOptions) => demo(options, terminal));
}

interface Session {
  readonly url: string;
  readonly plan: DemoPlan;
  readonly watch: DemoWatch;
  readonly tokens: { readonly admin: string; readonly service: string; readonly referrer: string };
}

async function demo(
  { tenant, run = runIdOf(Date.now()), url: givenUrl }: DemoOptions,
  terminal: Terminal,
): Promise<void> {
  const { url, config } = installationOf(terminal.env, givenUrl);
  const plan = planDemo(tenant, run);
  const tell = (line: string) => terminal.stdout.write(`${line}\n`);
  const secret = signingSecret(config);
  if (tenant === demoTenant.tenant_id) await ensureDemoTenant(url, secret);
  const tokens = await tokensOf(secret, plan);
  const before = await rewardsOf(url, tokens.admin, plan);
  const bus = await openEventLog(config);
  try {
    tell(`Run ${run} of tenant ${tenant}`);
    if (before.length > 0)
      tell('This run has been played before: what it sends, and what is told about it, are repeats.');
    const session: Session = { url, plan, tokens, watch: await watchDemo(bus, plan, tell) };
    await play(session);
    const rewards = await finish(session, bus);
    for (const line of await summaryOf(session, before, rewards)) tell(line);
    if (rewards.length !== rewardsOfOneReferral) throw new CommandError(await explain(session, rewards.length));
  } finally {
    await bus.close();
  }
}

async function tokensOf(secret: string, { tenantId, referrer }: DemoPlan): Promise<Session['tokens']> {
  const { customerId, name, email } = referrer;
  const [admin, service, customer] = await Promise.all([
    issueToken(secret, { kind: 'admin', tenantId }),
    issueToken(secret, { kind: 'service', tenantId }),
    issueToken(secret, { kind: 'customer', tenantId, customerId, name, email }),
  ]);
  return { admin, service, referrer: customer };
}

const myCode = z.object({ referral_code: z.string(), referral_enabled: z.boolean() });
const shared = z.object({ link: z.url() });

async function play({ url, plan, tokens, watch }: Session): Promise<void> {
  watch.begin('code');
  const own = await callApi(url, { path: '/api/referrals/my-code', token: tokens.referrer, answer: myCode });
  if (!own.referral_enabled) throw new CommandError(`The referral programme of ${plan.tenantId} is switched off.`);

  watch.begin('share');
  const { link } = await callApi(url, {
    path: '/api/referrals/share',
    token: tokens.referrer,
    body: JSON.stringify({ channel: demoChannel }),
    headers: { 'idempotency-key': plan.idempotencyKey },
    answer: shared,
  });

  watch.begin('click');
  const landing = await openLink(atHost(link, url), plan.visitorId);
  const code = landing?.searchParams.get('ref');
  const visitorId = landing?.searchParams.get('visitor_id');
  if (!code || !visitorId) throw new CommandError(`The link ${link} does not lead to an enrolment page.`);

  watch.begin('signup');
  await publishOne({ url, token: tokens.service }, plan.signup({ code, visitorId }));
  watch.begin('purchase');
  await publishOne({ url, token: tokens.service }, plan.purchase());
}

/** The link names the platform's public address; the demo opens it where it talks to the platform. */
function atHost(link: string, url: string): URL {
  const { pathname, search } = new URL(link);
  return new URL(`${pathname}${search}`, url);
}

/** Waits until both sides are rewarded and nothing of this run is under way any more, or for as long as there is time. */
async function finish({ url, plan, tokens, watch }: Session, bus: Bus): Promise<string[]> {
  const deadline = performance.now() + finishWithinMs;
  const isTime = () => performance.now() < deadline;
  while (isTime() && (await rewardsOf(url, tokens.admin, plan)).length < rewardsOfOneReferral) await pause(pollMs);
  const ended = new AbortController();
  // A repeat brings no new reward to wait for: only when everything is consumed is that sure.
  await Promise.race([bus.caughtUp(consumerGroups), pause(Math.max(0, deadline - performance.now()), ended.signal)]);
  ended.abort();
  const consumedAt = performance.now();
  while (isTime() && performance.now() < Math.max(watch.lastSeenAt(), consumedAt) + quietMs) await pause(pollMs);
  return rewardsOf(url, tokens.admin, plan);
}

const rewardList = z.object({
  data: z.array(z.object({ id: z.string(), referral_id: z.string(), kind: z.string(), status: z.string() })),
});

/** The ids of the rewards that both sides hold for this referral. */
async function rewardsOf(url: string, token: string, { referrer, referee, referralId }: DemoPlan): Promise<string[]> {
  const lists = await Promise.all(
    [referrer, referee].map(({ customerId }) => {
      const path = `/api/rewards?customer_id=${encodeURIComponent(customerId)}`;
      return callApi(url, { path, token, answer: rewardList });
    }),
  );
  const isOfReferral = ({ referral_id, kind, status }: z.output<typeof rewardList>['data'][number]) =>
    referral_id === referralId && kind === 'referral' && status === 'issued';
  return lists.flatMap(({ data }) => data.filter(isOfReferral).map(({ id }) => id));
}

const balance = z.object({
  points: z.number(),
  credit: z.array(z.object({ currency: z.string(), amount: z.number() })),
  discounts: z.array(z.object({ type: z.string(), value: z.number(), status: z.string() })),
});

async function summaryOf(
  { url, plan, tokens, watch }: Session,
  before: readonly string[],
  rewards: readonly string[],
): Promise<string[]> {
  const held = await Promise.all(
    [plan.referrer, plan.referee].map(async ({ name, customerId }) => {
      const path = `/api/customers/${encodeURIComponent(customerId)}/balance`;
      const answer = await callApi(url, { path, token: tokens.admin, answer: balance });
      return `${name} ${customerId} has ${describeBalance(answer)}`;
    }),
  );
  const told = [...watch.rewardsIssued()];
  const news = told.filter((id) => !before.includes(id)).length;
  const total = `Rewards of referral ${plan.referralId}: ${rewards.length}; reward_issued seen: ${told.length}, new: ${news}`;
  const isRepeat = before.length > 0 && rewards.length === before.length && news === 0;
  return ['', ...held, total, ...(isRepeat ? [`The repeat brought no new reward: still ${rewards.length}.`] : [])];
}

function describeBalance({ points, credit, discounts }: z.output<typeof balance>): string {
  return [
    `${points} points`,
    ...credit.map(({ currency, amount }) => `${amount} ${currency} credit`),
    ...discounts.map(({ type, value, status }) => `${type} ${value} (${status})`),
  ].join(', ');
}

async function explain({ url, plan, tokens }: Session, rewards: number): Promise<string> {
  const caller = { url, token: tokens.service };
  const fates = await Promise.all(
    [plan.events.signup, plan.events.purchase].map(async (event) => {
      return `  ${event.id}: ${fateLine(await fateOf(caller, event, 0))}`;
    }),
  );
  const many = `Expected ${rewardsOfOneReferral} rewards, one for each side, and found ${rewards}. What became of the events:`;
  return [many, ...fates].join('\n');
}
