import { z } from 'zod';

/** What is missing is said to be missing; zod's own words for it speak of types. Every other message stays zod's or ours. */
z.config({
  customError: (issue) => (issue.code === 'invalid_type' && issue.input === undefined ? 'is required' : undefined),
});
