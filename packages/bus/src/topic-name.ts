import { assert } from '@referral/errors';

const legalName = /^[A-Za-z0-9._-]{1,249}$/;

/** Topic names are Kafka's on every engine: 1 to 249 of `A-Z a-z 0-9 . _ -`. @throws AssertionFailure */
export function assertTopicName(name: string): void {
  assert(legalName.test(name) && name !== '.' && name !== '..', `"${name}" is not a topic name`);
}
