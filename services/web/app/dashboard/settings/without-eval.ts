import { config } from 'zod';

/** The content policy forbids code from text, and the browser reports each time that zod tries whether it may. */
config({ jitless: true });
