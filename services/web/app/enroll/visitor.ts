/**
 * Who this visitor is to the links that were opened. It is taken out of the address, which people copy to their friends, and
 * kept in the tab, so that loading the page again does not lose it.
 */
export function visitorOf(slug: string, fromAddress: string | undefined): string | undefined {
  const key = `referral:${slug}:visitor`;
  if (fromAddress !== undefined) sessionStorage.setItem(key, fromAddress);
  const address = new URL(window.location.href);
  if (address.searchParams.has('visitor_id')) {
    address.searchParams.delete('visitor_id');
    window.history.replaceState(null, '', address);
  }
  return fromAddress ?? sessionStorage.getItem(key) ?? undefined;
}
