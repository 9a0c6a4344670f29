export type * from './bus.ts';
export { lockDirectory } from './directory-lock.ts';
export { type EmbeddedBusOptions, openEmbeddedBus } from './embedded-bus.ts';
export { joinLists } from './joined-calls.ts';
export {
  type DeadLetter,
  type Decoded,
  deadLetterTopic,
  type EventBatch,
  type SubscribeOptions,
  subscribe,
} from './subscribe.ts';
export { assertTopicName } from './topic-name.ts';
