import { customerKey } from '@referral/contracts';
import { decideDocuments } from '@referral/processing';
import { inputs } from '../collections.ts';
import { addClaim, type Claim, claimOf, type InputBody } from '../domain/input.ts';
import type { Context } from './context.ts';
import { contentOf } from './facts-of-events.ts';

interface InboundEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly data: { readonly tenant_id: string; readonly customer_id?: string };
}

/**
 * Claims the identities of inbound events before anything is decided on them. Most are new, so they are inserted first
 * and read only where that fails.
 * @returns those whose content holds its identity; the others have no effect at all
 */
export async function acceptInputs<Event extends InboundEvent>(
  { store }: Context,
  events: readonly Event[],
): Promise<Event[]> {
  const claimed = events.map((event) => ({ event, id: inputId(event), claim: claimBy(event) }));
  const bodies = new Map<string, InputBody>();
  for (const { id, claim } of claimed) {
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
  return claimed
    .filter(({ id, claim: { source, content } }) => claimOf(bodies.get(id), source)?.content === content)
    .map(({ event }) => event);
}

function inputId({ id, data }: InboundEvent): string {
  return customerKey(data.tenant_id, id);
}

function claimBy(event: InboundEvent): Claim {
  const { source, type, data } = event;
  const about = data.customer_id === undefined ? {} : { customer_id: data.customer_id };
  return { source, type, ...about, content: contentOf(event) };
}
