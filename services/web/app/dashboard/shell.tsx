import {
  ActionIcon,
  AppShell,
  Burger,
  Button,
  Group,
  NavLink,
  Text,
  Title,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure, useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { Typed } from '../names.tsx';
import { useDashboard } from './tenant.ts';

const pages = [
  { path: '/referrals', label: 'Figures' },
  { path: '/customers/referrals', label: 'Referrals' },
  { path: '/loyalty/referrals', label: 'Rewards' },
  { path: '/settings/referrals', label: 'Programme' },
] as const;

/** Around every page: whose it is, the way to the others, and out. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const { session, tenant } = useDashboard();
  const [location] = useLocation();
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const label = pages.find(({ path }) => path === location)?.label ?? 'Referrals';
  useDocumentTitle(`${label} – ${tenant.name}`);
  return (
    <AppShell
      header={{ height: 60 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="sm">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={isOpen ? 'Close the menu' : 'Open the menu'}
              aria-expanded={isOpen}
            />
            <Text fw={700} lineClamp={1} title={tenant.name}>
              <Typed>{tenant.name}</Typed>
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ColorSchemeToggle />
            <Button variant="default" size="xs" onClick={() => session.signOut()}>
              Sign out
            </Button>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label="Pages">
        {pages.map(({ path, label }) => (
          <NavLink
            key={path}
            component={Link}
            to={path}
            label={label}
            active={location === path}
            aria-current={location === path ? 'page' : undefined}
            onClick={close}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main className="page">{children}</AppShell.Main>
    </AppShell>
  );
}

function ColorSchemeToggle() {
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme('light') === 'dark';
  return (
    <ActionIcon
      variant="default"
      size={30}
      onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
      aria-label={isDark ? 'Light colours' : 'Dark colours'}
    >
      <span aria-hidden="true">{isDark ? '☀' : '☾'}</span>
    </ActionIcon>
  );
}

export function PageTitle({ children, beside }: { readonly children: string; readonly beside?: ReactNode }) {
  return (
    <Group justify="space-between" align="center" gap="sm">
      <Title order={1} size="h2">
        {children}
      </Title>
      {beside}
    </Group>
  );
}
