import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** The pages that the server answers with; each loads what it needs and no more. */
const entries = ['dashboard', 'portal', 'enroll', 'sign-in'];

export default defineConfig({
  root: 'app',
  base: '/',
  plugins: [react(), precompress()],
  // The server puts a nonce of its own into each answer: see src/pages.ts.
  html: { cspNonce: '__NONCE__' },
  build: {
    outDir: '../dist/public',
    emptyOutDir: true,
    target: 'es2022',
    // A picture inside a style would need `data:` where the content policy has it for none.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: Object.fromEntries(entries.map((name) => [name, join(import.meta.dirname, 'app', `${name}.html`)])),
    },
  },
});

/** Hashed files never change, so they are compressed once, as well as it can be done, and not at each request. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    writeBundle({ dir = '' }) {
      const assets = join(dir, 'assets');
      for (const name of readdirSync(assets)) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const file = join(assets, name);
        const content = readFileSync(file);
        writeFileSync(`${file}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
        writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}
