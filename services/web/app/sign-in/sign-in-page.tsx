import { Button, Container, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { callApi } from '../api.ts';
import { firstPageOf, ownPageOf, type PageKind, type SignInReason } from '../paths.ts';
import { ApiProblem, explain } from '../problem.ts';
import { keepToken } from '../session.ts';
import { Loading } from '../states.tsx';
import { type Arrival, arrivalOf } from './arrival.ts';
import { checkToken } from './check-token.ts';

const reasonWords: Readonly<Record<SignInReason, string>> = {
  expired: 'Your sign-in has expired. Sign in again to go on.',
  refused: 'That page is for somebody else than whom you are signed in as.',
  'signed-out': 'You are signed out.',
};

/** Signs in with a one-time ticket or a token from the address, or with a token that is typed in. */
export function SignInPage() {
  const [arrival] = useState(arrive);
  const [ticketsFate, setTicketsFate] = useState<string>();
  const { ticket } = arrival;
  useEffect(() => {
    if (ticket !== null) void redeem(ticket).then(setTicketsFate);
  }, [ticket]);
  const isRedeeming = ticket !== null && ticketsFate === undefined;
  return (
    <Container component="main" size={480} py="xl">
      <Stack gap="md">
        <Title order={1} size="h2">
          Sign in
        </Title>
        {isRedeeming ? (
          <Loading what="your page" height={160} />
        ) : (
          <TokenForm arrival={arrival} notice={ticketsFate ?? (arrival.reason && reasonWords[arrival.reason])} />
        )}
      </Stack>
    </Container>
  );
}

/** Reads the address once, and takes out of it at once what nobody else should find there. */
function arrive(): Arrival {
  const arrival = arrivalOf(window.location);
  if (window.location.hash !== '') {
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
  }
  return arrival;
}

interface SignInAnswer {
  readonly token: string;
  readonly kind: PageKind;
  readonly tenant_slug: string;
  readonly page: string;
}

/** Asked once per ticket, however often the page is drawn: the second time it would be used already. */
const redeemed = new Map<string, Promise<string | undefined>>();

/** @returns why not; nothing when the page is on its way to where the ticket leads */
function redeem(ticket: string): Promise<string | undefined> {
  const known = redeemed.get(ticket) ?? exchange(ticket);
  redeemed.set(ticket, known);
  return known;
}

async function exchange(ticket: string): Promise<string | undefined> {
  try {
    const { body } = await callApi<SignInAnswer>('/api/sign-in', { body: { ticket } });
    const page = ownPageOf(body.page);
    keepToken(body.kind, body.tenant_slug, body.token);
    window.location.replace(page?.path ?? firstPageOf(body.kind, body.tenant_slug));
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    if (error.status === 404 || error.status === 400) {
      return 'This link was opened before, or is older than 15 minutes. Ask for a new one, or sign in with a token.';
    }
    return explain(error);
  }
}

function TokenForm({ arrival, notice }: { readonly arrival: Arrival; readonly notice: string | undefined }) {
  const { next } = arrival;
  const [slug, setSlug] = useState(next?.slug ?? '');
  const [token, setToken] = useState(arrival.token ?? '');
  const [fault, setFault] = useState<string>();
  const [isChecking, setIsChecking] = useState(false);

  const signIn = async () => {
    const [organisation, given] = [slug.trim().toLowerCase(), token.trim()];
    if (organisation === '' || given === '') return setFault('Both fields are needed.');
    setIsChecking(true);
    const wanted = next?.slug === organisation ? next : undefined;
    const check = await checkToken(given, organisation, wanted?.kind).finally(() => setIsChecking(false));
    if (!check.isGood) return setFault(check.why);
    keepToken(check.kind, organisation, given);
    window.location.replace(wanted?.path ?? firstPageOf(check.kind, organisation));
  };
  // What the issuer has put into the address is tried without a click.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page opens
  useEffect(() => {
    if (arrival.token !== null && next) void signIn();
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void signIn();
  };
  return (
    <Stack gap="md">
      {notice && (
        <Paper withBorder p="sm" role="status">
          <Text size="sm">{notice}</Text>
        </Paper>
      )}
      <form onSubmit={submit} noValidate>
        <Stack gap="md">
          <TextInput
            label="Organisation"
            description="Its short name, as in the address of its pages: acme-waste"
            value={slug}
            onChange={(event) => setSlug(event.currentTarget.value)}
            autoComplete="organization"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={64}
            required
          />
          <TextInput
            label="Token"
            description="You get it from your organisation. It is kept in this tab only, until you close it."
            type="password"
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            error={fault}
            autoComplete="off"
            required
          />
          <Button type="submit" loading={isChecking}>
            Sign in
          </Button>
        </Stack>
      </form>
    </Stack>
  );
}
