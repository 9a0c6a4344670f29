import { randomUUID } from 'node:crypto';
import { identifier } from '@referral/contracts';
import { issueToken } from '@referral/host';
import { Argument, type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { draftEvent, inboundTypes, type Setting } from '../draft-event.ts';
import { checkedBy, installationOf, required, tenantOption, urlOption } from '../options.ts';
import { fateLine, fateOf, publishOne } from '../publish.ts';
import { signingSecret } from '../signing-secret.ts';
import { CommandError, type Terminal, usageExitCode } from '../terminal.ts';

interface TriggerOptions {
  readonly tenant?: string;
  readonly set?: readonly Setting[];
  readonly data?: Record<string, unknown>;
  readonly id?: string;
  readonly source: string;
  readonly url?: string;
}

const fateWithinMs = 10_000;

export function addTrigger(program: Command, terminal: Terminal): void {
  program
    .command('trigger')
    .description('Publishes one inbound event and tells what became of it.')
    .addArgument(new Argument('<event-type>', 'which event').choices(inboundTypes))
    .addOption(tenantOption())
    .option(
      '--set <path=value>',
      'a member of the data, e.g. customer_id=cus_2; nested ones as promo.code=SPRING with promo.combinable_with_referral=false (repeatable)',
      toSetting,
    )
    .option('--data <json>', 'members of the data as a JSON object', toMembers)
    .option('--id <id>', 'the id of the event (default: a new one)', checkedBy(identifier))
    .option('--source <source>', 'the CloudEvents source', checkedBy(z.string().min(1).max(256)), '/cli')
    .addOption(urlOption())
    .addHelpText(
      'after',
      '\nMembers that are not given get a value: ids follow from the event’s id, occurred_at is now.',
    )
    .action((type: string, options: TriggerOptions) => trigger(type, options, terminal));
}

async function trigger(type: string, options: TriggerOptions, { env, stdout }: Terminal): Promise<void> {
  const tenantId = required(options.tenant, '--tenant TENANT_ID', 'trigger');
  const { id = randomUUID(), source, data = {}, set: settings = [] } = options;
  const event = draftEvent(type, { tenantId, id, source, now: new Date().toISOString(), data, settings });
  if ('faults' in event) throw new CommandError(event.faults.join('\n'), usageExitCode);
  const { url, config } = installationOf(env, options.url);
  const token = await issueToken(signingSecret(config), { kind: 'service', tenantId });
  await publishOne({ url, token }, event);
  stdout.write(`${event.id}\n`);
  const fate = await fateOf({ url, token }, event, fateWithinMs);
  const open = fate.status === 'unknown' ? `: nothing is known of it after ${fateWithinMs / 1_000} s` : '';
  stdout.write(`${fateLine(fate)}${open}\n`);
  if (fate.conflicting_contents !== undefined) {
    stdout.write('Different contents have come under this id and source; what is told here is of the first.\n');
  }
  if (fate.status === 'dead_letter') throw new CommandError('The event was set aside.');
}

function toSetting(text: string, before: readonly Setting[] = []): Setting[] {
  const [, path, value] = /^([\w.]+)=(.*)$/s.exec(text) ?? [];
  if (path === undefined || value === undefined) throw new InvalidArgumentError('must look like customer_id=cus_2');
  return [...before, { path: path.split('.'), text: value }];
}

const members = z.record(z.string(), z.unknown());

function toMembers(text: string): Record<string, unknown> {
  try {
    return members.parse(JSON.parse(text));
  } catch {
    throw new InvalidArgumentError('must be a JSON object');
  }
}
