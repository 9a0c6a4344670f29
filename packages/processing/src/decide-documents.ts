import type { EncodedEvent } from '@referral/contracts';
import { OperationalError } from '@referral/errors';
import type { Change, Collection, Document, Store } from '@referral/store';

/** What deciding on a document came to. */
export interface Decided<Body> {
  /** The very object that was given when nothing changed; `undefined` where there is, and shall be, no document. */
  readonly body: Body | undefined;
  /** To be published once the body is durable. For a repeat: what the document says now. */
  readonly events: readonly EncodedEvent[];
}

export interface Task<Command> {
  readonly documentId: string;
  readonly command: Command;
}

interface DecideOptions<Body, Command> {
  readonly store: Store;
  readonly collection: Collection<Body>;
  /** In the order of their events; those of one document are decided one upon the other. */
  readonly tasks: readonly Task<Command>[];
  /** Pure. Called again from the start when another writer was faster. */
  readonly decide: (body: Body | undefined, command: Command) => Decided<Body>;
}

interface DecidedBatch<Body> {
  readonly events: readonly EncodedEvent[];
  /** The documents as they are now, by id. */
  readonly bodies: ReadonlyMap<string, Body>;
}

const maxAttempts = 100;

/**
 * Folds commands into their documents in two round trips for the whole batch, and tells what is to be published. Nothing
 * is published here: whoever acknowledges the batch publishes first, so that a crash between the two only repeats.
 * @throws OperationalError `CONTENTION` when other writers win a hundred times in a row
 */
export async function decideDocuments<Body, Command>(
  options: DecideOptions<Body, Command>,
): Promise<DecidedBatch<Body>> {
  const { store, collection, decide } = options;
  const bodies = new Map<string, Body>();
  const events = new Map<string, readonly EncodedEvent[]>();
  let pending = groupByDocument(options.tasks);
  for (let attempt = 1; pending.size > 0; attempt += 1) {
    if (attempt > maxAttempts)
      throw new OperationalError('CONTENTION', `${collection.name}: other writers keep winning`);
    const documents = await store.getMany(collection, pending.keys());
    const changes: Change<Body>[] = [];
    for (const [id, commands] of pending) {
      const document = documents.get(id);
      const decided = foldCommands(document?.body, commands, decide);
      events.set(id, decided.events);
      if (decided.body !== undefined) bodies.set(id, decided.body);
      if (decided.body !== undefined && decided.body !== document?.body) {
        changes.push({ collection, id, expectedVersion: document?.version ?? 0, body: decided.body });
      }
    }
    pending = await staleOnes(store, changes, pending);
  }
  return { events: [...events.values()].flat(), bodies };
}

/**
 * One document, for a request: reads, changes, writes, again from the start when another writer was faster.
 * @param change returns the body to keep; the very object it was given, or `undefined`, leaves the document alone
 * @returns the document as it is now; a `duplicate` says which unique index refused the change
 */
export async function updateDocument<Body>(
  store: Store,
  collection: Collection<Body>,
  id: string,
  change: (body: Body | undefined) => Body | undefined,
): Promise<{ readonly body: Body | undefined } | { readonly duplicate: string }> {
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const document: Document<Body> | undefined = await store.get(collection, id);
    const body = change(document?.body);
    if (body === undefined || body === document?.body) return { body: document?.body };
    const [outcome] = await store.commit([{ collection, id, expectedVersion: document?.version ?? 0, body }]);
    if (outcome?.status === 'ok') return { body };
    if (outcome?.status === 'duplicate') return { duplicate: outcome.index };
  }
  throw new OperationalError('CONTENTION', `${collection.name}: other writers keep winning`);
}

function groupByDocument<Command>(tasks: readonly Task<Command>[]): Map<string, Command[]> {
  const groups = new Map<string, Command[]>();
  for (const { documentId, command } of tasks) {
    const group = groups.get(documentId);
    if (group) group.push(command);
    else groups.set(documentId, [command]);
  }
  return groups;
}

function foldCommands<Body, Command>(
  start: Body | undefined,
  commands: readonly Command[],
  decide: (body: Body | undefined, command: Command) => Decided<Body>,
): { body: Body | undefined; events: EncodedEvent[] } {
  const events: EncodedEvent[] = [];
  let body = start;
  for (const command of commands) {
    const decided = decide(body, command);
    body = decided.body;
    events.push(...decided.events);
  }
  return { body, events };
}

async function staleOnes<Body, Command>(
  store: Store,
  changes: readonly Change<Body>[],
  pending: ReadonlyMap<string, Command[]>,
): Promise<Map<string, Command[]>> {
  const stale = new Map<string, Command[]>();
  if (changes.length === 0) return stale;
  const outcomes = await store.commit(changes);
  for (const [index, { id }] of changes.entries()) {
    if (outcomes[index]?.status !== 'ok') stale.set(id, pending.get(id) ?? []);
  }
  return stale;
}
