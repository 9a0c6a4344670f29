import { Button, Container, Group, Stack, Text, Title } from '@mantine/core';
import { useCallback } from 'react';
import { viewersLocale } from '../format.ts';
import { useLoaded } from '../load.ts';
import { offerWords } from '../offer.ts';
import { type Session, useSession } from '../session.ts';
import { Failed, Loading } from '../states.tsx';
import { type MyCode, offerOf, readMyCode } from './my-code.ts';
import { Rewards } from './rewards.tsx';
import { ShareCard } from './share-card.tsx';
import { YourCode } from './your-code.tsx';

/** What a customer sees of the programme: the code, how to hand it on, what came of it, and what it has brought. */
export function PortalPage() {
  const session = useSession();
  return session ? <Portal session={session} /> : null;
}

function Portal({ session }: { readonly session: Session }) {
  const code = useLoaded(useCallback((signal: AbortSignal) => readMyCode(session, signal), [session]));
  return (
    <Container component="main" size="md" py="lg">
      <Stack gap="lg">
        <Group justify="space-between" align="center" wrap="nowrap">
          <Title order={1} size="h2">
            Invite friends
          </Title>
          <Button variant="default" size="xs" onClick={session.signOut}>
            Sign out
          </Button>
        </Group>
        <div className="portal-columns">
          <Stack gap="lg">
            {code.state === 'loading' && <Loading what="your code" height={420} />}
            {code.state === 'failed' && <Failed what="Your code" problem={code.problem} onRetry={code.retry} />}
            {code.state === 'ready' && <Invitation session={session} code={code.value} />}
          </Stack>
          <Rewards session={session} referrals={code.state === 'ready' ? code.value.referral_count : undefined} />
        </div>
      </Stack>
    </Container>
  );
}

function Invitation({ session, code }: { readonly session: Session; readonly code: MyCode }) {
  if (!code.referral_enabled) {
    return (
      <YourCode code={code.referral_code} headline="The referral programme is paused">
        <Text>
          Inviting friends brings no reward at the moment. Your code stays yours for when it goes on, and so does what
          you have earned.
        </Text>
      </YourCode>
    );
  }
  const offer = offerWords(offerOf(code), { locale: viewersLocale(), currency: code.currency });
  return (
    <>
      <YourCode code={code.referral_code} headline={offer ?? 'Tell your friends'}>
        <Text>
          {offer
            ? 'Your friends join with your code or your link; you both get your reward when they qualify.'
            : 'Your friends join with your code or your link. There is no reward for it at the moment.'}
        </Text>
      </YourCode>
      <ShareCard session={session} code={code.referral_code} />
    </>
  );
}
