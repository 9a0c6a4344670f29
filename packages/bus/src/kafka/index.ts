export { openKafkaBus } from './kafka-bus.ts';
export { OffsetOutsideLog } from './offset-range.ts';
export type { KafkaBusOptions, KafkaTiming, LogLevel, OffsetStore, PartitionOffset } from './options.ts';
