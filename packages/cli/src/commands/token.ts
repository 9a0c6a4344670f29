import { issueToken, type TokenContent } from '@referral/host';
import { Argument, type Command } from 'commander';
import {
  checkedBy,
  claim,
  customerOption,
  installationOf,
  required,
  tenantOption,
  wholeNumberFrom,
} from '../options.ts';
import { signingSecret } from '../signing-secret.ts';
import type { Terminal } from '../terminal.ts';

const kinds = ['platform', 'admin', 'customer', 'service'] as const;
type Kind = (typeof kinds)[number];

interface TokenOptions {
  readonly tenant?: string;
  readonly customer?: string;
  readonly name?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly ttlHours: number;
}

const maxTtlHours = 87_600;

export function addToken(program: Command, terminal: Terminal): void {
  program
    .command('token')
    .description('Prints a token and nothing else. `platform` is an admin token that may create tenants.')
    .addArgument(new Argument('<kind>', 'whose token').choices(kinds))
    .addOption(tenantOption())
    .addOption(customerOption())
    .option('--name <name>', 'what the token says of the person', checkedBy(claim))
    .option('--email <email>', 'likewise', checkedBy(claim))
    .option('--phone <phone>', 'likewise', checkedBy(claim))
    .option('--ttl-hours <hours>', 'how long it is valid', checkedBy(wholeNumberFrom(1, maxTtlHours)), 24)
    .action(async (kind: Kind, options: TokenOptions) => {
      const content = toContent(kind, options);
      const token = await issueToken(signingSecret(installationOf(terminal.env).config), content);
      terminal.stdout.write(`${token}\n`);
    });
}

/** @throws CommandError when the kind needs what is not there */
function toContent(kind: Kind, { tenant, customer, name, email, phone, ttlHours }: TokenOptions): TokenContent {
  const what = `a token of kind ${kind}`;
  if (kind !== 'platform') required(tenant, '--tenant TENANT_ID', what);
  if (kind === 'customer') required(customer, '--customer ID', what);
  return {
    kind: kind === 'platform' ? 'admin' : kind,
    ttlSeconds: ttlHours * 3_600,
    ...(kind === 'platform' && { scopes: ['platform'] }),
    ...(tenant !== undefined && { tenantId: tenant }),
    ...(customer !== undefined && { customerId: customer }),
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
  };
}
