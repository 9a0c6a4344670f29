import { enrollmentRequest } from '@referral/contracts';
import { ApiProblem } from '../problem.ts';
import { faultsFrom, faultsOf, requestOf } from './enrollment.ts';

const values = { name: ' Sam ', email: 'sam@example.com', phone: '', code: '', promo: '' };

test('what is left empty is not sent, and what is sent is what the API takes', () => {
  const least = requestOf('acme', values, undefined);
  expect(least).toEqual({ tenant_slug: 'acme', name: 'Sam', email: 'sam@example.com' });
  const most = requestOf('acme', { ...values, phone: '1', code: 'kh7n-4wp3', promo: 'SPRING' }, 'vis_1');
  expect(most).toMatchObject({ phone: '1', referral_code: 'kh7n-4wp3', promo_code: 'SPRING', visitor_id: 'vis_1' });
  for (const body of [least, most]) expect(enrollmentRequest.safeParse(body).success).toBe(true);
});

test('a name and an address are asked for before anything is sent', () => {
  expect(Object.keys(faultsOf({ ...values, name: ' ', email: 'sam' }))).toEqual(['name', 'email']);
  expect(faultsOf(values)).toEqual({});
});

test('a fault stands at its field; what is about none of them, above the button', () => {
  const errors = [
    { path: 'email', message: 'is no address' },
    { path: 'visitor_id', message: 'is too long' },
  ];
  expect(faultsFrom(new ApiProblem(400, { errors }))).toEqual({ email: 'Is no address.', form: 'Is too long.' });
  expect(faultsFrom(new ApiProblem(404)).form).toMatch(/nothing to join/);
  expect(faultsFrom(new ApiProblem(0)).form).toMatch(/no connection/);
});
