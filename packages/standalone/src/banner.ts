import { demoTenant } from '@referral/cli';
import { type DemoLinks, demoCustomerId } from './demo-links.ts';

export interface Ready {
  readonly url: string;
  readonly dataDir: string;
  readonly startedInMs: number;
  /** Not given: there is no demo tenant here, or its tokens are made elsewhere. */
  readonly demo?: DemoLinks;
}

/** What a person needs to go on, printed once everything answers. */
export function banner({ url, dataDir, startedInMs, demo }: Ready): string {
  return `
Referral platform, all services, ready in ${startedInMs} ms. Data: ${dataDir}

  API                ${url}/api/…        (calls: README.md, section "The API")
  Health, metrics    ${url}/readyz   ${url}/metrics
  Demo tenant        ${demoTenant.tenant_id}
  Sign in            ${url}/sign-in   with a token
${demo === undefined ? '' : links(demo)}
In a second terminal:
  npm run -s referral -- demo                                          plays share → click → signup → purchase
  npm run -s referral -- listen                                        shows every event as it happens
  npm run -s referral -- token admin --tenant ${demoTenant.tenant_id}               a token for the admin calls
  npm run -s referral -- token customer --tenant ${demoTenant.tenant_id} --customer ${demoCustomerId}

Ctrl-C stops it; the next start finds everything again.
`;
}

function links({ dashboard, portal, enrollment }: DemoLinks): string {
  return `
Each of the first two opens once, within 15 minutes:
  Dashboard          ${dashboard}
  Customer portal    ${portal}
  Enrolment          ${enrollment}
`;
}
