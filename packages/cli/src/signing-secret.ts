import { type HostConfig, loadOrCreateSecret, tokenTrustOf } from '@referral/host';
import { CommandError } from './terminal.ts';

/**
 * The secret that the platform trusts: the environment's, else the one in `DATA_DIR` (made here when the platform has
 * never run, so that it will find it).
 * @throws CommandError when tokens come from an issuer
 */
export function signingSecret(config: HostConfig): string {
  const trust = tokenTrustOf(config, () => loadOrCreateSecret(config.DATA_DIR));
  if ('secret' in trust) return trust.secret;
  throw new CommandError(`AUTH_ISSUER is set: tokens come from ${trust.issuer}, not from here`);
}
