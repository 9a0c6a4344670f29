import { useEffect, useState } from 'react';

const shownForMs = 4_000;

/** Copies text and tells for a few seconds whether that went well. */
export function useCopied(): {
  readonly is: 'copied' | 'refused' | undefined;
  copy(text: string | Promise<string>): Promise<void>;
} {
  const [is, setIs] = useState<'copied' | 'refused'>();
  useEffect(() => {
    if (is === undefined) return;
    const timer = setTimeout(() => setIs(undefined), shownForMs);
    return () => clearTimeout(timer);
  }, [is]);
  return {
    is,
    async copy(text) {
      setIs((await copyText(text)) ? 'copied' : 'refused');
    },
  };
}

/**
 * Copies text that may still be on its way: some browsers allow it only in the very moment of the click, so what is copied
 * then is the promise. @returns whether the browser let us
 * @throws what the promise of the text is rejected with
 */
async function copyText(text: string | Promise<string>): Promise<boolean> {
  const { clipboard } = navigator;
  // Pages without TLS have none, except on one's own machine.
  if (!clipboard) {
    await text;
    return false;
  }
  try {
    if (typeof text === 'string') await clipboard.writeText(text);
    else await clipboard.write([new ClipboardItem({ 'text/plain': text.then(toPlainText) })]);
    return true;
  } catch {
    await text;
    return false;
  }
}

function toPlainText(text: string): Blob {
  return new Blob([text], { type: 'text/plain' });
}
