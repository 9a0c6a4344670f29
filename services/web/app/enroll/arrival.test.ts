import { arrivalOf } from './arrival.ts';

const visitor = `vis_${'0a'.repeat(16)}`;

test('a link brings the code and the visitor', () => {
  const search = `?ref=KH7N4WP3&visitor_id=${visitor}`;
  expect(arrivalOf({ pathname: '/enroll/acme-waste', search })).toEqual({
    slug: 'acme-waste',
    code: 'KH7N4WP3',
    visitorId: visitor,
  });
});

/** Protects: whatever a link holds, the form works without it. */
test.each([
  ['/enroll/acme', `?ref=${'x'.repeat(10_000)}&visitor_id=<script>`, 64],
  ['/enroll/%', '', 0],
])('%s%s', (pathname, search, length) => {
  const arrival = arrivalOf({ pathname, search });
  expect([arrival.code.length, arrival.visitorId]).toEqual([length, undefined]);
});
