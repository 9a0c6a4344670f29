import { describeJourney } from './journey.ts';
import { createStandalone } from './standalone-platform.ts';

describeJourney('everything in one process on the embedded engines', () => createStandalone());
