import type { Finding } from './check.ts';
import type { Counters, Fact, Fold } from './records/folds.ts';
import type { Source } from './records/source.ts';
import type { Kept, Records } from './records.ts';

interface Recount {
  readonly folds: Source<Fold>;
  readonly facts: Source<Fact>;
}

/**
 * Counts every fact again and holds the folds against it. A fold that lists a fact has counted what it lists, whatever the
 * fact's own document says; of the others it has counted that.
 */
export async function* foldFlaws(records: Records, { folds, facts }: Recount): AsyncGenerator<Finding> {
  const sums = new Map<string, Map<string, number>>();
  const absorbed = new Map<string, Set<string>>();
  for await (const { id, body } of records.read(folds)) {
    absorbed.set(id, new Set(Object.keys(body.absorbed)));
    for (const { counters } of Object.values(body.absorbed)) add(sumsOf(sums, id), counters);
  }
  for await (const { id, body } of records.read(facts)) {
    for (const [foldId, counters] of Object.entries(body.contributions)) {
      if (!absorbed.get(foldId)?.has(id)) add(sumsOf(sums, foldId), counters);
    }
  }
  for await (const fold of records.read(folds)) {
    const expected = sums.get(fold.id) ?? new Map<string, number>();
    sums.delete(fold.id);
    yield* differences(fold, expected);
  }
  for (const [id, expected] of sums) {
    const counters = [...expected].filter(([, value]) => value !== 0);
    if (counters.length > 0) yield { id, message: `is missing; its facts come to ${textOf(counters)}` };
  }
}

function* differences({ id, tenantId, body }: Kept<Fold>, expected: Map<string, number>): Generator<Finding> {
  for (const name of new Set([...Object.keys(body.counters), ...expected.keys()])) {
    const [held, due] = [body.counters[name] ?? 0, expected.get(name) ?? 0];
    if (held !== due) yield { id, tenant_id: tenantId, message: `says ${name} ${held}, its facts come to ${due}` };
  }
}

function sumsOf(sums: Map<string, Map<string, number>>, foldId: string): Map<string, number> {
  const known = sums.get(foldId) ?? new Map<string, number>();
  sums.set(foldId, known);
  return known;
}

function add(sums: Map<string, number>, counters: Counters): void {
  for (const [name, value] of Object.entries(counters)) sums.set(name, (sums.get(name) ?? 0) + value);
}

function textOf(counters: readonly (readonly [string, number])[]): string {
  return counters.map(([name, value]) => `${name} ${value}`).join(', ');
}
