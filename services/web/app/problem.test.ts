import { ApiProblem, explain } from './problem.ts';

test.each([
  [0, {}, undefined, /no connection/],
  [401, {}, undefined, /expired/],
  [403, {}, undefined, /does not allow/],
  [429, {}, 30, /in 30 seconds/],
  [429, {}, 3_000, /in 50 minutes/],
  [503, {}, 1, /busy/],
  [500, { detail: 'stack trace' }, undefined, /^Something went wrong on the server/],
  [409, { title: 'It is taken', detail: 'Take another.' }, undefined, /^Take another\.$/],
  [409, { title: 'It is taken' }, undefined, /^It is taken\.$/],
] as const)('%d %j', (status, body, seconds, words) => {
  expect(explain(new ApiProblem(status, body, seconds))).toMatch(words);
});

test('what is not a problem of ours is still told', () => {
  expect(new ApiProblem(502, { type: 7, errors: 'none' })).toMatchObject({ type: 'unknown', errors: [] });
  expect(new ApiProblem(400, { type: 'urn:referral:problem:validation-failed' }).type).toBe('validation-failed');
});
