import { prepare } from './prepare.mjs';

prepare();
await import('../infra/local/dist/main.js');
