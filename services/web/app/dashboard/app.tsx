import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import { Link, Redirect, Route, Router, Switch } from 'wouter';
import { viewersLocale } from '../format.ts';
import { ApiProblem } from '../problem.ts';
import { type Session, useSession } from '../session.ts';
import { Failed, Notice } from '../states.tsx';
import { createFormats } from './formats.ts';
import { Shell } from './shell.tsx';
import { DashboardContext, type Tenant } from './tenant.ts';
import { Waiting } from './waiting.tsx';

const FiguresPage = lazy(() => import('./figures/page.tsx'));
const CustomersPage = lazy(() => import('./customers/page.tsx'));
const LoyaltyPage = lazy(() => import('./loyalty/page.tsx'));
const SettingsPage = lazy(() => import('./settings/page.tsx'));

export function App() {
  const session = useSession();
  return session && <SignedIn session={session} />;
}

/** The tenant first: its time zone and currency are part of every figure. */
function SignedIn({ session }: { readonly session: Session }) {
  const path = `/api/tenants/${encodeURIComponent(session.slug)}`;
  const {
    data: tenant,
    error,
    refetch,
  } = useQuery({
    queryKey: ['tenant', session.slug],
    queryFn: async ({ signal }) => (await session.call<Tenant>(path, { signal })).body,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (tenant) return <Pages session={session} tenant={tenant} />;
  if (error instanceof ApiProblem && error.status === 404) return <WrongTenant session={session} />;
  return (
    <Notice title="Referrals">
      {error instanceof ApiProblem ? (
        <Failed what="The dashboard" problem={error} onRetry={() => void refetch()} />
      ) : (
        <Waiting what="the dashboard" />
      )}
    </Notice>
  );
}

function WrongTenant({ session }: { readonly session: Session }) {
  return (
    <Notice title="This dashboard is not yours">
      <Text>
        Your sign-in belongs to another tenant than <bdi>{session.slug}</bdi>, or there is none of that name.
      </Text>
      <Button onClick={() => session.signOut()}>Sign in with another one</Button>
    </Notice>
  );
}

function Pages({ session, tenant }: { readonly session: Session; readonly tenant: Tenant }) {
  const dashboard = useMemo(() => {
    const { currency, time_zone: timeZone } = tenant;
    return { session, tenant, formats: createFormats({ locale: viewersLocale(), timeZone, currency }) };
  }, [session, tenant]);
  return (
    <DashboardContext value={dashboard}>
      <Router base={`/dashboard/${encodeURIComponent(session.slug)}`}>
        <Shell>
          <Suspense fallback={<Waiting what="the page" height={240} />}>
            <Switch>
              <Route path="/referrals" component={FiguresPage} />
              <Route path="/customers/referrals" component={CustomersPage} />
              <Route path="/loyalty/referrals" component={LoyaltyPage} />
              <Route path="/settings/referrals" component={SettingsPage} />
              <Route path="/">
                <Redirect to="/referrals" replace />
              </Route>
              <Route component={NoSuchPage} />
            </Switch>
          </Suspense>
        </Shell>
      </Router>
    </DashboardContext>
  );
}

function NoSuchPage() {
  return (
    <Notice title="There is no such page">
      <Button component={Link} to="/referrals">
        To the figures
      </Button>
    </Notice>
  );
}
