import type { Check } from '../check.ts';
import { foldFlaws } from '../folding.ts';
import { facts, figures } from '../records/analytics.ts';
import { successFacts, successFolds } from '../records/referral-code.ts';

export const figuresAddUp: Check = {
  name: 'figures-add-up',
  promise: 'Every figure of the dashboards and every referral count is what its facts come to.',
  async *find(records) {
    yield* foldFlaws(records, { folds: figures, facts });
    yield* foldFlaws(records, { folds: successFolds, facts: successFacts });
  },
};
