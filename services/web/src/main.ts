import { runEngineFreeService } from '@referral/host';
import { webService } from './service.ts';

await runEngineFreeService(webService());
