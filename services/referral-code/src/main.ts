import { runService } from '@referral/host';
import { referralCodeService } from './service.ts';

await runService(referralCodeService);
