import { prepare } from './prepare.mjs';

prepare();
await import('../packages/standalone/dist/main.js');
