import { randomUUID } from 'node:crypto';
import { assert } from '@referral/errors';
import type { Clock } from '@referral/host';
import { updateDocument } from '@referral/processing';
import type { Document, Store } from '@referral/store';
import { type Building, type Control, control } from './collections.ts';
import { copyFacts, copyStandings } from './copy-facts.ts';
import { controlId, firstControl, type Generations } from './generations.ts';

interface RebuildDeps {
  readonly store: Store;
  readonly generations: Generations;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
  /** Facts at a time. */
  readonly pageSize?: number;
}

/** How long a replica that is not heard of keeps others from going on. Two at once do no harm, but work for nothing. */
const leaseMs = 10_000;
/** Few enough that events which come meanwhile hardly wait for them. */
const factsPerPage = 500;

/** Begins to make all figures anew from their facts, unless that is under way. @returns what is under way */
export async function startRebuild({ store, clock }: Pick<RebuildDeps, 'store' | 'clock'>): Promise<Control> {
  const started_at = new Date(clock.now()).toISOString();
  const outcome = await updateDocument(store, control, controlId, (body = firstControl) => {
    const building: Building = { generation: body.current + 1, started_at, step: 'facts', facts: 0 };
    return body.building ? body : { ...body, building };
  });
  assert('body' in outcome && outcome.body, 'no index of the control document refuses anything');
  return outcome.body;
}

/** The part of a rebuild that any replica does, page by page, as the control document says. */
export class Rebuild {
  readonly #deps: RebuildDeps;
  readonly #owner = randomUUID();
  #running: Promise<void> | undefined;

  constructor(deps: RebuildDeps) {
    this.#deps = deps;
  }

  /** Resolves when there is nothing to do, or another replica does it. */
  run(): Promise<void> {
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #work(): Promise<void> {
    while (!this.#deps.stopping.aborted) {
      const before = await this.#deps.generations.control();
      const after = await this.#unlessOvertaken(before);
      if (!after) return;
      await this.#write(before, after);
    }
  }

  /** Where another replica is further already, a generation may be gone: then there is nothing to write, and to see anew. */
  async #unlessOvertaken(before: Document<Control>): Promise<Control | undefined> {
    try {
      return await this.#next(before.body);
    } catch (error) {
      const { version } = await this.#deps.generations.control();
      if (version === before.version) throw error;
      return before.body;
    }
  }

  /** Does the next piece of work. @returns what the control document has to say then */
  async #next(before: Control): Promise<Control | undefined> {
    const { dropping, building, ...rest } = before;
    if (dropping !== undefined) {
      await this.#deps.generations.drop(dropping);
      return { ...rest, ...(building && { building }) };
    }
    if (!building || this.#isElsewhere(building)) return undefined;
    const progress = await this.#copyPage(before.current, building);
    const now = this.#deps.clock.now();
    if (progress) return { ...rest, building: { ...progress, lease: { owner: this.#owner, until: now + leaseMs } } };
    const last = { finished_at: new Date(now).toISOString(), facts: building.facts };
    return { current: building.generation, dropping: before.current, last };
  }

  /** @returns undefined when everything is copied */
  async #copyPage(current: number, building: Building): Promise<Building | undefined> {
    const { generations, pageSize = factsPerPage } = this.#deps;
    const into = await generations.open(building.generation);
    const { after: from, ...rest } = building;
    if (building.step === 'facts') {
      const { store } = await generations.open(current);
      const { facts, after } = await copyFacts(store, into, { after: from, limit: pageSize });
      const copied = { ...rest, facts: building.facts + facts };
      return after === undefined ? { ...copied, step: 'standings' } : { ...copied, after };
    }
    const after = await copyStandings(into, { after: from, limit: pageSize });
    return after === undefined ? undefined : { ...rest, after };
  }

  #isElsewhere({ lease }: Building): boolean {
    return lease !== undefined && lease.owner !== this.#owner && this.#deps.clock.now() < lease.until;
  }

  /** Unless somebody else was faster: then what they say is what holds. */
  async #write({ id, version }: Document<Control>, body: Control): Promise<void> {
    await this.#deps.store.commit([{ collection: control, id, expectedVersion: version, body }]);
  }
}

/** How far it is, in the words of the API. @param now milliseconds since the epoch */
export function describeRebuild({ current, building, last }: Control, now: number) {
  const shown = { generation: current, last: last ?? null };
  if (!building) return { state: 'idle', ...shown, progress: null } as const;
  const { step, facts, started_at, after } = building;
  const fraction = step === 'facts' ? placeOf(after) : 1;
  const elapsedMs = Math.max(0, now - Date.parse(started_at));
  const isKnown = step === 'facts' && fraction > 0;
  const estimated_seconds_left = isKnown ? Math.ceil((elapsedMs * (1 - fraction)) / fraction / 1_000) : null;
  const progress = { generation: building.generation, step, fraction, facts, started_at, estimated_seconds_left };
  return { state: 'building', ...shown, progress } as const;
}

const idSpace = 2 ** 32;

/** Ids are digests, so that they are spread evenly: where one stands among all is how many are before it. */
function placeOf(id: string | undefined): number {
  const [, digits = '0'] = /_([0-9a-f]{8})/.exec(id ?? '') ?? [];
  return Number.parseInt(digits, 16) / idSpace;
}
