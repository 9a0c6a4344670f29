import { environment, runProcess } from '@referral/host';
import { startStandalone } from './standalone.ts';

await runProcess('The platform', (lifecycle) => startStandalone(lifecycle, environment));
