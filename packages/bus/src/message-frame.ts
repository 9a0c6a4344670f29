import { assert } from '@referral/errors';
import type { Message } from './bus.ts';

/*
 * A stored message, big-endian: format (1 byte) · timestamp in ms (float64) · length of the key, or `noKey` (uint32) ·
 * length of the headers (uint32) · key (UTF-8) · headers (JSON) · value.
 */
const format = 1;
const timestampAt = 1;
const keyLengthAt = 9;
const headersLengthAt = 13;
const keyAt = 17;
const noKey = 0xffffffff;

export interface Frame extends Omit<Message, 'topic'> {
  readonly timestampMs: number;
}

export function encodeFrame({ key, headers, value }: Message, timestampMs: number): Buffer {
  const headersJson = JSON.stringify(headers);
  const keyLength = key === null ? 0 : Buffer.byteLength(key);
  const headersLength = Buffer.byteLength(headersJson);
  const bytes = Buffer.allocUnsafe(keyAt + keyLength + headersLength + value.byteLength);
  bytes.writeUInt8(format, 0);
  bytes.writeDoubleBE(timestampMs, timestampAt);
  bytes.writeUInt32BE(key === null ? noKey : keyLength, keyLengthAt);
  bytes.writeUInt32BE(headersLength, headersLengthAt);
  if (key !== null) bytes.write(key, keyAt);
  bytes.write(headersJson, keyAt + keyLength);
  bytes.set(value, keyAt + keyLength + headersLength);
  return bytes;
}

/** `stored` is the caller's own: the value is a view of it. */
export function decodeFrame(stored: Buffer): Frame {
  assert(stored[0] === format, `messages of format ${stored[0]} are unknown to this version`);
  const storedKeyLength = stored.readUInt32BE(keyLengthAt);
  const headersAt = keyAt + (storedKeyLength === noKey ? 0 : storedKeyLength);
  const valueAt = headersAt + stored.readUInt32BE(headersLengthAt);
  return {
    timestampMs: frameTimestampMs(stored),
    key: storedKeyLength === noKey ? null : stored.toString('utf8', keyAt, headersAt),
    headers: JSON.parse(stored.toString('utf8', headersAt, valueAt)),
    value: stored.subarray(valueAt),
  };
}

export function frameTimestampMs(stored: Buffer): number {
  return stored.readDoubleBE(timestampAt);
}
