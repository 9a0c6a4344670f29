import { deriveId } from '@referral/contracts';
import { decideDocuments } from '@referral/processing';
import { type InputBody, inputs } from '../collections.ts';
import type { Context } from './context.ts';

/** An inbound event's identity is tenant, source and id. */
function inputId({ tenant_id, source, event_id }: Pick<InputBody, 'tenant_id' | 'source' | 'event_id'>): string {
  return deriveId('inp', tenant_id, source, event_id);
}

/**
 * Claims the identities of inbound events before anything is decided on them, so that another content under a known
 * identity has no effect, whichever customer it names.
 * @returns for each input whether it is the content that holds its identity
 */
export async function claimInputs({ store }: Context, claimed: readonly InputBody[]): Promise<boolean[]> {
  const firsts = new Map<string, InputBody>();
  for (const input of claimed) {
    const id = inputId(input);
    if (!firsts.has(id)) firsts.set(id, input);
  }
  const changes = [...firsts].map(([id, body]) => ({ collection: inputs, id, expectedVersion: 0, body }));
  const outcomes = await store.commit(changes);
  const taken = changes.filter((_, index) => outcomes[index]?.status !== 'ok').map(({ id }) => id);
  const holders = new Map([...firsts].map(([id, { content }]) => [id, content]));
  const known = taken.length > 0 ? await store.getMany(inputs, taken) : [];
  for (const [id, { body }] of known) holders.set(id, body.content);
  const accepted = claimed.map((input) => holders.get(inputId(input)) === input.content);
  await recordConflicts(
    store,
    claimed.filter((_, index) => !accepted[index]),
  );
  return accepted;
}

const maxConflictsKept = 20;

async function recordConflicts(store: Context['store'], conflicts: readonly InputBody[]): Promise<void> {
  if (conflicts.length === 0) return;
  await decideDocuments({
    store,
    collection: inputs,
    tasks: conflicts.map((input) => ({ documentId: inputId(input), command: input.content })),
    decide: (body, content) => {
      const kept = body?.conflicting_contents ?? [];
      if (!body || kept.includes(content) || kept.length >= maxConflictsKept) return { body, events: [] };
      return { body: { ...body, conflicting_contents: [...kept, content] }, events: [] };
    },
  });
}
