import { Button, Group, Paper, Stack, Text, TextInput, Title, VisuallyHidden } from '@mantine/core';
import type { Channel } from '@referral/contracts';
import { useState } from 'react';
import { ApiProblem, explain } from '../problem.ts';
import type { Session } from '../session.ts';
import { useCopied } from './copy.ts';
import { QrCode } from './qr-code.tsx';
import { forms, openForm, type ShareAnswer, share } from './sharing.ts';

/** Every way to hand the link on. Each tells the platform first, and hands on what it gets back. */
export function ShareCard({ session, code }: { readonly session: Session; readonly code: string }) {
  const [busy, setBusy] = useState<Channel>();
  const [fault, setFault] = useState<string>();
  const [qrLink, setQrLink] = useState<string>();
  const copied = useCopied();
  const link = `${window.location.origin}/r/${session.slug}/${code}?c=link`;

  const through = async (channel: Channel, use: (asked: Promise<ShareAnswer>) => Promise<void>) => {
    setFault(undefined);
    setBusy(channel);
    try {
      await use(share(session, channel));
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      setFault(explain(error));
    } finally {
      setBusy(undefined);
    }
  };
  const copyLink = () => through('link', (asked) => copied.copy(asked.then((answer) => answer.link)));
  const showQr = () => through('qr', async (asked) => setQrLink((await asked).link));
  const shareElsewhere = () => through('other', async (asked) => openSystemSheet((await asked).link));

  const copyRefused = 'Your browser does not let pages copy. Select the link and copy it yourself.';
  const trouble = fault ?? (copied.is === 'refused' ? copyRefused : undefined);

  return (
    <Paper withBorder p="lg">
      <Stack gap="md">
        <Title order={2} size="h3">
          Share your link
        </Title>
        <TextInput
          label="Your link"
          value={link}
          readOnly
          onFocus={(event) => event.currentTarget.select()}
          dir="ltr"
        />
        <Group gap="xs">
          <Button onClick={copyLink} loading={busy === 'link'}>
            {copied.is === 'copied' ? 'Copied' : 'Copy link'}
          </Button>
          {'share' in navigator && (
            <Button variant="default" onClick={shareElsewhere} loading={busy === 'other'}>
              Share …
            </Button>
          )}
          <Button
            variant="default"
            onClick={qrLink === undefined ? showQr : () => setQrLink(undefined)}
            loading={busy === 'qr'}
            aria-expanded={qrLink !== undefined}
          >
            {qrLink === undefined ? 'Show QR code' : 'Hide QR code'}
          </Button>
        </Group>
        <VisuallyHidden role="status">{copied.is === 'copied' && 'The link is on your clipboard.'}</VisuallyHidden>
        {trouble && (
          <Text size="sm" role="alert" c="var(--mantine-color-error)">
            {trouble}
          </Text>
        )}
        {qrLink !== undefined && <QrCode link={qrLink} />}
        <div className="portal-channels">
          {forms.map(({ channel, name }) => (
            <Button
              key={channel}
              variant="default"
              loading={busy === channel}
              onClick={() => through(channel, (asked) => openForm(channel, asked))}
            >
              {name}
            </Button>
          ))}
        </div>
      </Stack>
    </Paper>
  );
}

/** The list of apps that the phone or computer offers. */
async function openSystemSheet(url: string): Promise<void> {
  try {
    await navigator.share({ url });
  } catch (error) {
    // Closing it is no failure, and where it does not open there are the other buttons.
    if (!(error instanceof DOMException)) throw error;
  }
}
