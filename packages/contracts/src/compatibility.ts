import type { AnyDefinition } from './catalogue.ts';

/** As much of JSON Schema as zod writes for our events. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * What a change of a published schema breaks, a line each; nothing when it is additive.
 *
 * - Outbound: whoever reads what we publish must go on. Everything that is published from now on fits the schema of
 *   before: no member removed or made optional, none of another type, no wider range, no new value of an enum (an open
 *   vocabulary is published as a string, such as `reason`). New members are fine: they are ignored.
 * - Inbound: whoever publishes must go on. Everything that was right before is right now: no new required member, no
 *   narrower type or range, no value of an enum less, no member that is no longer read.
 * - Internal: old and new processes read each other's events during a rolling update, so both hold.
 */
export function breakingChanges(
  before: JsonSchema,
  after: JsonSchema,
  direction: AnyDefinition['direction'],
): readonly string[] {
  const faults = new Set<string>();
  if (direction !== 'inbound') {
    for (const fault of excess(after, before, { path: '', newMembers: 'ignored' })) faults.add(fault);
  }
  if (direction !== 'outbound') {
    for (const fault of excess(before, after, { path: '', newMembers: 'missed' })) faults.add(fault);
  }
  return [...faults];
}

interface Place {
  /** `data.rewards.referrer`; empty for the whole. */
  readonly path: string;
  /** Members that only the narrow schema knows: the other side ignores them, or should have read them. */
  readonly newMembers: 'ignored' | 'missed';
}

/** Keywords that say nothing about which values are right. */
const annotations = new Set(['$schema', '$id', 'title', 'description', 'default', 'examples', 'deprecated']);
const lowerBounds = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems']);
const upperBounds = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems']);

/** Why a value of `narrow` may not be one of `wide`. Where that cannot be told, it is a fault too. */
function excess(narrow: JsonSchema, wide: JsonSchema, place: Place): string[] {
  const alternatives = alternativesOf(narrow);
  if (alternatives) return alternatives.flatMap((one) => excess(one, wide, place));
  const choices = alternativesOf(wide);
  if (choices) {
    const tried = choices.map((choice) => ({ choice, faults: excess(narrow, choice, place) }));
    if (tried.some(({ faults }) => faults.length === 0)) return [];
    // What it is not one of by its type has nothing to say about it.
    const closest = tried.find(({ choice }) => choice.type === narrow.type) ?? tried[0];
    return closest?.faults ?? [];
  }
  const told = Object.keys(wide).filter((keyword) => !annotations.has(keyword));
  return told.flatMap((keyword) => excessOf(keyword, narrow, wide, place));
}

function excessOf(keyword: string, narrow: JsonSchema, wide: JsonSchema, place: Place): string[] {
  const [from, to] = [narrow[keyword], wide[keyword]];
  const fault = (message: string) => [`${place.path || '(event)'}: ${message}`];
  if (keyword === 'type') {
    if (from === to || (from === 'integer' && to === 'number')) return [];
    return fault(`type ${describe(from)} where ${describe(to)} is`);
  }
  if (keyword === 'const' || keyword === 'enum') {
    const allowed = valuesOf(wide) ?? [];
    const values = valuesOf(narrow);
    if (!values) return fault(`any value where only ${describe(allowed)} may be`);
    const others = values.filter((value) => !allowed.includes(value));
    return others.length === 0 ? [] : fault(`${describe(others)} where only ${describe(allowed)} may be`);
  }
  if (keyword === 'properties') return excessOfMembers(narrow, wide, place);
  if (keyword === 'required') {
    const missing = namesOf(to).filter((name) => !namesOf(from).includes(name));
    return missing.flatMap((name) => [`${within(place.path, name)}: may be missing where it is required`]);
  }
  if (keyword === 'items') return excess(schemaOf(from), schemaOf(to), { ...place, path: `${place.path}[]` });
  if (lowerBounds.has(keyword) && isAtMost(to, from)) return [];
  if (upperBounds.has(keyword) && isAtMost(from, to)) return [];
  if (keyword === 'pattern' && valuesOf(narrow)?.every((value) => matches(to, value))) return [];
  return JSON.stringify(from) === JSON.stringify(to)
    ? []
    : fault(`${keyword} ${describe(from)} where it is ${describe(to)}`);
}

function excessOfMembers(narrow: JsonSchema, wide: JsonSchema, place: Place): string[] {
  const [from, to] = [schemaOf(narrow.properties), schemaOf(wide.properties)];
  const shared = Object.keys(to).filter((name) => name in from);
  const faults = shared.flatMap((name) =>
    excess(schemaOf(from[name]), schemaOf(to[name]), { ...place, path: within(place.path, name) }),
  );
  // A member that only one of them knows: gone from what we publish, or no longer read of what others publish.
  const [known, of] = place.newMembers === 'ignored' ? [to, from] : [from, to];
  const gone = Object.keys(known).filter((name) => !(name in of));
  return [...faults, ...gone.map((name) => `${within(place.path, name)}: is no longer there`)];
}

function alternativesOf(schema: JsonSchema): JsonSchema[] | undefined {
  const { anyOf, oneOf, type } = schema;
  if (Array.isArray(type)) return type.map((one) => ({ ...schema, type: one }));
  const alternatives = anyOf ?? oneOf;
  return Array.isArray(alternatives) ? alternatives.map(schemaOf) : undefined;
}

function valuesOf(schema: JsonSchema): unknown[] | undefined {
  if ('const' in schema) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : undefined;
}

function schemaOf(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function namesOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isAtMost(low: unknown, high: unknown): boolean {
  return typeof low === 'number' && typeof high === 'number' && low <= high;
}

function matches(pattern: unknown, value: unknown): boolean {
  return typeof pattern === 'string' && typeof value === 'string' && new RegExp(pattern, 'u').test(value);
}

function within(path: string, name: unknown): string {
  return path === '' ? String(name) : `${path}.${String(name)}`;
}

function describe(value: unknown): string {
  return value === undefined ? 'anything' : JSON.stringify(value);
}
