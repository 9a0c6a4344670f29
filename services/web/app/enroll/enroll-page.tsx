import { Button, Container, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { type FormEvent, useCallback, useEffect, useRef, useState } from 'react';
import { useLoaded } from '../load.ts';
import { Typed } from '../names.tsx';
import { type PublicTenant, readPublicTenant } from '../public-tenant.ts';
import { arrivalOf, maxCodeLength } from './arrival.ts';
import { CodeVerdict, refereeReward } from './code-verdict.tsx';
import { enroll, type Faults, type FormValues, faultsOf } from './enrollment.ts';
import { type CodeCheck, useCodeCheck } from './use-code-check.ts';
import { visitorOf } from './visitor.ts';

/** Where a friend’s link leads: one form, which works with a good code, a bad one and none. */
export function EnrollPage() {
  const [{ slug, code, visitorId }] = useState(() => arrivalOf(window.location));
  const [visitor] = useState(() => visitorOf(slug, visitorId));
  const [values, setValues] = useState<FormValues>({ name: '', email: '', phone: '', code, promo: '' });
  const [faults, setFaults] = useState<Faults>({});
  const [isSending, setIsSending] = useState(false);
  const [customerId, setCustomerId] = useState<string>();
  const form = useRef<HTMLFormElement>(null);
  const check = useCodeCheck(slug, values.code);
  const tenant = usePublicTenant(slug);

  useEffect(() => {
    // The first field that needs another look, for whoever cannot see where the red one is.
    if (Object.keys(faults).length > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [faults]);
  if (customerId !== undefined)
    return <Welcome values={values} customerId={customerId} check={check} tenant={tenant} />;

  const field = (name: keyof FormValues) => ({
    value: values[name],
    error: faults[name],
    onChange: (event: { readonly currentTarget: HTMLInputElement }) => {
      const { value } = event.currentTarget;
      setValues((before) => ({ ...before, [name]: value }));
    },
  });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const found = faultsOf(values);
    setFaults(found);
    if (Object.keys(found).length > 0) return;
    setIsSending(true);
    const outcome = await enroll(slug, values, visitor).finally(() => setIsSending(false));
    if ('faults' in outcome) setFaults(outcome.faults);
    else setCustomerId(outcome.customerId);
  };
  return (
    <Container component="main" size={520} py="lg">
      <Stack gap="md">
        <Heading name={tenant?.name ?? slug} check={check} />
        <form ref={form} onSubmit={submit} noValidate>
          <Stack gap="md">
            <div>
              <TextInput
                label="Referral code"
                {...field('code')}
                maxLength={maxCodeLength}
                autoComplete="off"
                autoCapitalize="characters"
                spellCheck={false}
              />
              <CodeVerdict check={check} currency={tenant?.currency} />
            </div>
            <TextInput label="Name" {...field('name')} maxLength={256} autoComplete="name" required />
            <TextInput
              label="E-mail"
              {...field('email')}
              type="email"
              inputMode="email"
              maxLength={320}
              autoComplete="email"
              required
            />
            <TextInput
              label="Phone (optional)"
              {...field('phone')}
              type="tel"
              inputMode="tel"
              maxLength={64}
              autoComplete="tel"
            />
            <div>
              <TextInput
                label="Promo code (optional)"
                {...field('promo')}
                maxLength={128}
                autoComplete="off"
                spellCheck={false}
              />
              <PromoWords values={values} />
            </div>
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              {faults.form}
            </Text>
            <Button type="submit" size="md" loading={isSending}>
              Join
            </Button>
          </Stack>
        </form>
      </Stack>
    </Container>
  );
}

function usePublicTenant(slug: string): PublicTenant | undefined {
  const tenant = useLoaded(useCallback((signal: AbortSignal) => readPublicTenant(slug, signal), [slug]));
  return tenant.state === 'ready' ? tenant.value : undefined;
}

function Heading({ name, check }: { readonly name: string; readonly check: CodeCheck }) {
  const referrer = check.state === 'valid' ? check.answer.referrer_name : null;
  return (
    <div>
      <Title order={1} size="h2">
        {check.state === 'valid' ? 'You are invited' : 'Join'}
      </Title>
      {referrer && (
        <Text size="lg" component="div">
          by <Typed>{referrer}</Typed>
        </Text>
      )}
      <Text c="dimmed" component="div">
        <Typed>{name}</Typed>
      </Text>
    </div>
  );
}

/** Said before anything is sent: which of the two counts is not the visitor’s choice afterwards. */
function PromoWords({ values: { promo, code } }: { readonly values: FormValues }) {
  if (promo.trim() === '' || code.trim() === '') return null;
  return (
    <Text size="sm" role="status" mt={4}>
      Some promotions cannot be combined with a referral. If this is one of them, the promo code counts and the referral
      code does not: you get the promotion, and neither of you gets the referral reward. If it can be combined, both
      count.
    </Text>
  );
}

interface WelcomeProps {
  readonly values: FormValues;
  readonly customerId: string;
  readonly check: CodeCheck;
  readonly tenant: PublicTenant | undefined;
}

function Welcome({ values, customerId, check, tenant }: WelcomeProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const reward = check.state === 'valid' ? refereeReward(check.answer, tenant?.currency) : undefined;
  return (
    <Container component="main" size={520} py="xl">
      <Paper withBorder p="lg">
        <Stack gap="sm">
          <Title order={1} size="h2" ref={heading} tabIndex={-1}>
            Welcome
          </Title>
          <Text component="div">
            <Typed>{values.name.trim()}</Typed>
          </Text>
          <Text>You have joined.</Text>
          {check.state === 'valid' && (
            <Text>
              {reward
                ? `Your reward, ${reward}, comes as soon as you qualify for it.`
                : 'Your friend learns that you came.'}
              {values.promo.trim() !== '' &&
                ' If your promo code cannot be combined with a referral, it counts instead.'}
            </Text>
          )}
          {check.state === 'unknown' && (
            <Text>The referral code was not one that we know, so there is no referral.</Text>
          )}
          <Text size="sm" c="dimmed">
            Your customer number: <span translate="no">{customerId}</span>
          </Text>
        </Stack>
      </Paper>
    </Container>
  );
}
