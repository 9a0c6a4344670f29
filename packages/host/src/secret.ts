import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from './config.ts';
import { minSecretBytes } from './tokens.ts';

const createdSecretBytes = 48;

/**
 * The secret in `<dataDir>/auth-secret`, created on first use (base64url, readable by its owner only). Processes that
 * start at the same time end with the same secret.
 * @throws ConfigError when the file holds too little to be a secret
 */
export function loadOrCreateSecret(dataDir: string): string {
  const path = join(dataDir, 'auth-secret');
  const secret = readIfThere(path) ?? create(dataDir, path);
  if (Buffer.byteLength(secret) >= minSecretBytes) return secret;
  throw new ConfigError([
    `AUTH_SECRET: expected at least ${minSecretBytes} bytes in ${path}; remove it to get a new one`,
  ]);
}

/** A link appears whole or not at all and never replaces a file, so whoever comes second finds the first one's secret. */
function create(dataDir: string, path: string): string {
  mkdirSync(dataDir, { recursive: true });
  const draft = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  writeDurably(draft, randomBytes(createdSecretBytes).toString('base64url'));
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    unlinkSync(draft);
  }
  return readFileSync(path, 'utf8').trim();
}

function writeDurably(path: string, content: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
