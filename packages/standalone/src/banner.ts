import { demoTenant } from '@referral/cli';

/** What a person needs to go on, printed once everything answers. */
export function banner(url: string, dataDir: string, startedInMs: number): string {
  return `
Referral platform, all services, ready in ${startedInMs} ms. Data: ${dataDir}

  API                ${url}/api/…        (calls: README.md, section "The API")
  Health, metrics    ${url}/readyz   ${url}/metrics
  Demo tenant        ${demoTenant.tenant_id}

In a second terminal:
  npm run -s referral -- demo                                          plays share → click → signup → purchase
  npm run -s referral -- listen                                        shows every event as it happens
  npm run -s referral -- token admin --tenant ${demoTenant.tenant_id}               a token for the admin calls
  npm run -s referral -- token customer --tenant ${demoTenant.tenant_id} --customer cus_1

Ctrl-C stops it; the next start finds everything again.
`;
}
