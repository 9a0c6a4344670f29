import { runService } from '@referral/host';
import { rewardIssuerService } from './service.ts';

await runService(rewardIssuerService);
