import type { enrollmentAnswer, enrollmentRequest } from '@referral/contracts';
import type { z } from 'zod';
import { callApi } from '../api.ts';
import { ApiProblem, explain } from '../problem.ts';

export interface FormValues {
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly code: string;
  readonly promo: string;
}

export type Faults = Partial<Record<keyof FormValues | 'form', string>>;

export type Outcome = { readonly customerId: string } | { readonly faults: Faults };

const fieldOf: Readonly<Record<string, keyof FormValues>> = {
  name: 'name',
  email: 'email',
  phone: 'phone',
  referral_code: 'code',
  promo_code: 'promo',
};

/** What can be told without asking anybody. The rest the API tells. */
export function faultsOf({ name, email }: FormValues): Faults {
  return {
    ...(name.trim() === '' && { name: 'Tell us your name.' }),
    ...(!/^\S+@\S+\.\S+$/.test(email.trim()) && { email: 'Tell us an e-mail address, like name@example.com.' }),
  };
}

/** An enrolment as the API takes it: what was left empty is not there. */
export function requestOf(
  slug: string,
  values: FormValues,
  visitorId: string | undefined,
): z.input<typeof enrollmentRequest> {
  const [name, email, phone, code, promo] = [values.name, values.email, values.phone, values.code, values.promo].map(
    (text) => text.trim(),
  );
  return {
    tenant_slug: slug,
    name: name ?? '',
    email: email ?? '',
    ...(phone && { phone }),
    ...(code && { referral_code: code }),
    ...(visitorId && { visitor_id: visitorId }),
    ...(promo && { promo_code: promo }),
  };
}

export async function enroll(slug: string, values: FormValues, visitorId: string | undefined): Promise<Outcome> {
  try {
    const body = requestOf(slug, values, visitorId);
    const answer = await callApi<z.infer<typeof enrollmentAnswer>>('/api/enrollments', { body });
    return { customerId: answer.body.customer_id };
  } catch (error) {
    if (error instanceof ApiProblem) return { faults: faultsFrom(error) };
    throw error;
  }
}

/** Each fault at the field that it is about; those about none of them above the button. */
export function faultsFrom(problem: ApiProblem): Faults {
  if (problem.status === 404)
    return { form: 'There is nothing to join at this address. Check the link that you were given.' };
  const faults: Faults = {};
  for (const { path, message } of problem.errors) {
    const field = fieldOf[path] ?? 'form';
    faults[field] ??= `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
  }
  return Object.keys(faults).length > 0 ? faults : { form: explain(problem) };
}
