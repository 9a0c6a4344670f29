import { rebuildAnswer } from '@referral/contracts';
import { pause } from '@referral/errors';
import { issueToken } from '@referral/host';
import type { Command } from 'commander';
import type { z } from 'zod';
import { callApi } from '../api-client.ts';
import { installationOf, urlOption } from '../options.ts';
import { createPatience } from '../patience.ts';
import { redrawLine } from '../progress.ts';
import { signingSecret } from '../signing-secret.ts';
import { CommandError, type Terminal } from '../terminal.ts';

interface RebuildOptions {
  readonly url?: string;
  readonly wait: boolean;
}

type Answer = z.output<typeof rebuildAnswer>;

const path = '/api/analytics/rebuild';
const pollMs = 250;
const stalledMs = 5 * 60_000;

export function addRebuild(program: Command, terminal: Terminal): void {
  program
    .command('rebuild')
    .description('Makes anew what is derived.')
    .command('analytics')
    .description('Makes all figures, of all tenants, anew from what was counted, while the platform goes on.')
    .addOption(urlOption())
    .option('--no-wait', 'only starts it')
    .addHelpText(
      'after',
      '\nThe figures that are shown stay those of before until the new ones are complete. While a rebuild is under way, it is\n' +
        'that one which is waited for. Whoever stops waiting does not stop it.',
    )
    .action((options: RebuildOptions) => rebuildAnalytics(options, terminal));
}

async function rebuildAnalytics({ url: givenUrl, wait }: RebuildOptions, terminal: Terminal): Promise<void> {
  const { stdout, stderr, env } = terminal;
  const { url, config } = installationOf(env, givenUrl);
  const token = await issueToken(signingSecret(config), { kind: 'admin', scopes: ['platform'] });
  const startedAt = performance.now();
  const started = await callApi(url, { path, token, answer: rebuildAnswer, body: '{}' });
  if (!wait) {
    stdout.write('The figures are being rebuilt.\n');
    return;
  }
  const patience = createPatience((why) => {
    redrawLine(stderr, '');
    stderr.write(`${why}\nTrying again …\n`);
  });
  const ask = () => patience.attempt((signal) => callApi(url, { path, token, answer: rebuildAnswer, signal }));
  try {
    const { last } = await waitForGeneration(started, ask, (text) => redrawLine(stderr, text));
    redrawLine(stderr, '');
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    stdout.write(`The figures are rebuilt: facts ${last?.facts ?? 0}, seconds ${seconds}\n`);
  } finally {
    redrawLine(stderr, '');
    patience.end();
  }
}

async function waitForGeneration(
  started: Answer,
  ask: () => Promise<Answer>,
  show: (text: string) => void,
): Promise<Answer> {
  const awaited = started.progress?.generation ?? started.generation;
  let answer = started;
  let movedAt = performance.now();
  while (answer.generation < awaited) {
    if (answer.progress) show(progressText(answer.progress));
    await pause(pollMs);
    const next = await ask();
    if (JSON.stringify(next.progress) !== JSON.stringify(answer.progress)) movedAt = performance.now();
    if (performance.now() - movedAt > stalledMs) {
      throw new CommandError(`The rebuild has not moved for ${stalledMs / 60_000} minutes; it is not given up.`);
    }
    answer = next;
  }
  return answer;
}

/** `figures 42 %, 3100 facts, 12 s left` */
function progressText({
  step,
  fraction,
  facts,
  estimated_seconds_left: left,
}: NonNullable<Answer['progress']>): string {
  if (step === 'standings') return `figures 100 %, ${facts} facts, ranks …`;
  return `figures ${Math.floor(fraction * 100)} %, ${facts} facts${left === null ? '' : `, ${left} s left`}`;
}
