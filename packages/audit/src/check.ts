import type { Records } from './records.ts';

/** Something that should not be: a counter-example, named by its id. */
export interface Finding {
  /** Of the record that is wrong, or of what is missing. */
  readonly id: string;
  /** Absent where the record does not say. */
  readonly tenant_id?: string | undefined;
  readonly message: string;
}

/**
 * One promise, held against what is stored. A check streams the collections that it needs and keeps no more than what it
 * has to compare. It knows the shape of the records and nothing of the code that wrote them: what they should say is
 * worked out here once more.
 */
export interface Check {
  /** Stable, in kebab case. */
  readonly name: string;
  /** What holds where it finds nothing. */
  readonly promise: string;
  find(records: Records): AsyncIterable<Finding>;
}
