import { customerKey } from '@referral/contracts';
import { decideDocuments } from '@referral/processing';
import { inputs } from '../collections.ts';
import { addClaim, type Claim, claimOf, type InputBody } from '../domain/input.ts';
import type { Context } from './context.ts';

export interface ClaimedInput {
  readonly tenant_id: string;
  readonly event_id: string;
  readonly claim: Claim;
}

/**
 * Claims the identities of inbound events before anything is decided on them. Most are new, so they are inserted first
 * and read only where that fails.
 * @returns for each input whether its content is the one that holds its identity
 */
export async function claimInputs({ store }: Context, claimed: readonly ClaimedInput[]): Promise<boolean[]> {
  const bodies = new Map<string, InputBody>();
  for (const { tenant_id, event_id, claim } of claimed) {
    const id = customerKey(tenant_id, event_id);
    bodies.set(id, addClaim(bodies.get(id) ?? { claims: [] }, claim));
  }
  const changes = [...bodies].map(([id, body]) => ({ collection: inputs, id, expectedVersion: 0, body }));
  const outcomes = await store.commit(changes);
  const known = changes.filter((_, index) => outcomes[index]?.status !== 'ok');
  if (known.length > 0) {
    const decided = await decideDocuments<InputBody, InputBody>({
      store,
      collection: inputs,
      tasks: known.map(({ id, body }) => ({ documentId: id, command: body })),
      decide: (body, { claims }) => ({ body: claims.reduce(addClaim, body ?? { claims: [] }), events: [] }),
    });
    for (const [id, body] of decided.bodies) bodies.set(id, body);
  }
  return claimed.map(
    ({ tenant_id, event_id, claim: { source, content } }) =>
      claimOf(bodies.get(customerKey(tenant_id, event_id)), source)?.content === content,
  );
}
