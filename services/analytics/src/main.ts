import { runService } from '@referral/host';
import { analyticsService } from './service.ts';

await runService(analyticsService);
