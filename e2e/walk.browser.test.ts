import { describeWalk } from './walk.ts';

describeWalk('as `npm start` runs it');
