import { defaultProgram } from '@referral/contracts';
import { decideSave, type ProgramVersion, type SaveProgram } from './program.ts';

const nowMs = Date.parse('2026-03-20T10:00:00Z');
const enabled = { ...defaultProgram, enabled: true };
const second: ProgramVersion = {
  version: 2,
  effective_at: '2026-03-20T10:00:00.000Z',
  changed_at: '2026-03-20T10:00:00.000Z',
  changed_by: 'admin',
  program: defaultProgram,
};

function save(current: ProgramVersion | undefined, command: Partial<SaveProgram>) {
  return decideSave(current, { program: enabled, precondition: 'not_needed', changedBy: 'ann', nowMs, ...command });
}

describe('saving a programme', () => {
  it('makes the first version, in force from now', () => {
    expect(save(undefined, { precondition: 'missing' })).toEqual({
      outcome: 'saved',
      version: {
        version: 1,
        effective_at: '2026-03-20T10:00:00.000Z',
        changed_at: '2026-03-20T10:00:00.000Z',
        changed_by: 'ann',
        program: enabled,
      },
    });
  });

  it('keeps versions in one order even when the clock stands still or goes back', () => {
    expect(save(second, {})).toMatchObject({ version: { version: 3, effective_at: '2026-03-20T10:00:00.001Z' } });
    expect(save(second, { nowMs: nowMs - 60_000 })).toMatchObject({
      version: { effective_at: '2026-03-20T10:00:00.001Z', changed_at: '2026-03-20T09:59:00.000Z' },
    });
  });

  it('makes no version of what is the same', () => {
    expect(save(second, { program: structuredClone(defaultProgram) })).toEqual({
      outcome: 'unchanged',
      version: second,
    });
  });

  it('replaces only a version that the caller has seen', () => {
    expect(save(second, { precondition: 'missing' })).toEqual({ outcome: 'precondition_missing' });
    expect(save(second, { precondition: [1] })).toEqual({ outcome: 'precondition_failed', current: second });
    expect(save(second, { precondition: [] })).toEqual({ outcome: 'precondition_failed', current: second });
    expect(save(undefined, { precondition: [1] })).toEqual({ outcome: 'precondition_failed', current: undefined });
    expect(save(undefined, { precondition: [0] })).toMatchObject({ outcome: 'saved' });
    expect(save(second, { precondition: [1, 2] })).toMatchObject({ outcome: 'saved' });
  });

  it('has an end, because followers keep every version', () => {
    expect(save({ ...second, version: 9_999 }, {})).toMatchObject({ outcome: 'saved' });
    expect(save({ ...second, version: 10_000 }, {})).toEqual({ outcome: 'too_many_versions' });
  });
});
