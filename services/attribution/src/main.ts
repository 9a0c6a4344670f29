import { runService } from '@referral/host';
import { attributionService } from './service.ts';

await runService(attributionService);
