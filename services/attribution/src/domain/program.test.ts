import { at, terms } from '../../test/facts.ts';
import { addVersion, type ProgramBody, versionInForce } from './program.ts';

function saved(...versions: readonly { readonly on: number; readonly enabled: boolean }[]): ProgramBody {
  const empty: ProgramBody = { tenant_id: 'acme', versions: [] };
  return versions.reduce(
    (body, { on, enabled }, index) =>
      addVersion(body, 'acme', { version: index + 1, effective_at: at(on), terms: terms({ enabled }) }),
    empty,
  );
}

const inForce = (body: ProgramBody, days: number) => versionInForce(body, at(days))?.version;

describe('the version in force', () => {
  test('is none until one is enabled', () => {
    expect(inForce(saved(), 1)).toBeUndefined();
    expect(inForce(saved({ on: 1, enabled: false }), 2)).toBeUndefined();
  });

  test('is the first enabled one from the beginning of time, so that history can be imported', () => {
    const body = saved({ on: 5, enabled: false }, { on: 10, enabled: true });
    expect([1, 7, 10].map((days) => inForce(body, days))).toEqual([2, 2, 2]);
  });

  test('is the newest that had taken effect at that moment, also when it disables the programme', () => {
    const body = saved({ on: 5, enabled: true }, { on: 10, enabled: true }, { on: 15, enabled: false });
    expect([1, 5, 9, 10, 14, 15, 99].map((days) => inForce(body, days))).toEqual([1, 1, 1, 2, 2, 3, 3]);
  });
});

test('a version that comes again, or late, changes nothing', () => {
  const [first, second] = saved({ on: 5, enabled: true }, { on: 10, enabled: true }).versions;
  if (!first || !second) throw new Error('two versions were saved');
  const late = addVersion(addVersion(undefined, 'acme', second), 'acme', first);
  expect(late.versions).toEqual([first, second]);
  expect(addVersion(late, 'acme', { ...first, effective_at: at(9) })).toBe(late);
});
