import { environment, runProcess } from '@referral/host';
import { startStandalone } from './standalone.ts';

await runProcess('standalone', (lifecycle) => startStandalone(lifecycle, environment));
