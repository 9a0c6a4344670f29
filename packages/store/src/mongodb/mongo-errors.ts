import { OperationalError } from '@referral/errors';
import mongoose from 'mongoose';

/** What servers call their errors. */
export const codes = {
  namespaceNotFound: 26,
  indexOptionsConflict: 85,
  indexKeySpecsConflict: 86,
  duplicateKey: 11_000,
} as const;

/** A server that answers so will never take this request: the document is at fault, or the program. */
const refusals: ReadonlySet<number> = new Set([
  9, // FailedToParse
  14, // TypeMismatch
  15, // Overflow: nested too deeply
  22, // InvalidBSON
  52, // DollarPrefixedFieldName
  56, // EmptyFieldName
  57, // DottedFieldName
  66, // ImmutableField
  73, // InvalidNamespace
  121, // DocumentValidationFailure
  10_334, // BSONObjectTooLarge
  17_280, // KeyTooLong
  codes.duplicateKey, // where no index of ours is concerned
]);

/**
 * The error as the port tells it. Whatever the server or the way to it fails with counts as something that heals, unless
 * it is known not to: a message that waits is mended by an operator, one that was given up on is gone.
 */
export function asStoreError(error: unknown): unknown {
  const { MongoError, MongoInvalidArgumentError, MongoParseError, MongoCompatibilityError } = mongoose.mongo;
  if (error instanceof mongoose.MongooseError) return unavailable(error);
  if (!(error instanceof MongoError)) return error;
  const isMisuse = [MongoInvalidArgumentError, MongoParseError, MongoCompatibilityError].some(
    (kind) => error instanceof kind,
  );
  return isMisuse ? error : serverFailure(error.code, error);
}

/** An operational error, unless a server that fails with this code never will do otherwise. */
export function serverFailure(code: unknown, error: Error): Error {
  return refusals.has(Number(code)) ? error : unavailable(error);
}

export function unavailable(cause: unknown): OperationalError {
  return new OperationalError('STORE_UNAVAILABLE', 'the MongoDB store failed', cause);
}

/** The name of the unique index that an `E11000` tells of. */
export function collidingIndex(message: string | undefined): string | undefined {
  return / index: (\S+)/.exec(message ?? '')?.[1];
}

/** Not every server of the protocol gives it its code. */
export function isNamespaceNotFound(error: unknown): error is Error {
  return hasCode(error, [codes.namespaceNotFound]) || (error instanceof Error && error.message === 'ns not found');
}

export function hasCode(error: unknown, among: readonly number[]): error is Error {
  return error instanceof mongoose.mongo.MongoServerError && among.includes(Number(error.code));
}
