import { type CSSVariablesResolver, createTheme } from '@mantine/core';

/** Shades are chosen so that text on them, and they on the background, keep a contrast of 4.5 : 1 in light and dark. */
export const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: 9,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  headings: { textWrap: 'balance' },
});

/** Under the pointer a button would become lighter, and its text too hard to read. */
const darkerHover = {
  '--mantine-color-cyan-filled-hover': 'color-mix(in srgb, var(--mantine-color-cyan-9), black 15%)',
};

export const cssVariables: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    ...darkerHover,
    '--mantine-color-dimmed': colors.gray[7],
    '--mantine-color-placeholder': colors.gray[7],
    '--mantine-color-error': colors.red[9],
    '--mantine-color-anchor': colors.cyan[9],
  },
  dark: {
    ...darkerHover,
    '--mantine-color-dimmed': colors.dark[1],
    '--mantine-color-placeholder': colors.dark[1],
    '--mantine-color-error': colors.red[4],
    '--mantine-color-anchor': colors.cyan[3],
  },
});
