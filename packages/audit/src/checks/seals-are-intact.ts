import { hash } from 'node:crypto';
import type { Check, Finding } from '../check.ts';
import { entriesOf } from '../ledger.ts';
import { type BookEntry, book, type Seal, seals } from '../records/reward-issuer.ts';
import type { Records } from '../records.ts';

export const sealsAreIntact: Check = {
  name: 'seals-are-intact',
  promise: 'The chain of seals is unbroken, and the book holds every entry of the ledger once, as it was sealed.',
  async *find(records) {
    const sealed = new Map<string, Place>();
    yield* chainFlaws(records, sealed);
    const inBook = new Map<string, string>();
    yield* bookFlaws(records, sealed, inBook);
    yield* journalFlaws(records, inBook);
  },
};

interface Place {
  readonly tenant_id: string;
  readonly hash: string;
  readonly number: number;
  readonly position: number;
}

interface Link {
  readonly hash: string;
  readonly previous_hash: string | null;
}

async function* chainFlaws(records: Records, sealed: Map<string, Place>): AsyncGenerator<Finding> {
  const chains = new Map<string, Map<number, Link>>();
  for await (const { id, body } of records.read(seals)) {
    const { tenant_id, number, previous_hash, entries } = body;
    const due = hashOfSeal(body);
    if (due !== body.hash) yield { id, tenant_id, message: `its hash is ${body.hash}, its content hashes to ${due}` };
    if (id !== `${tenant_id}:${number}`) yield { id, tenant_id, message: `it says that it is number ${number}` };
    const chain = chains.get(tenant_id) ?? new Map<number, Link>();
    chains.set(tenant_id, chain.set(number, { hash: body.hash, previous_hash }));
    for (const [position, entry] of entries.entries()) {
      const other = sealed.get(entry.entry_id);
      if (other) yield { id: entry.entry_id, tenant_id, message: `sealed twice, in ${other.number} and ${number}` };
      sealed.set(entry.entry_id, { tenant_id, hash: entry.hash, number, position });
    }
  }
  for (const [tenant_id, chain] of chains) {
    const last = Math.max(...chain.keys());
    for (let number = 1; number <= last; number += 1) {
      const id = `${tenant_id}:${number}`;
      const link = chain.get(number);
      if (!link) yield { id, tenant_id, message: `there is no such seal, though there is seal ${last}` };
      const before = number === 1 ? null : chain.get(number - 1)?.hash;
      const isBroken = link && before !== undefined && link.previous_hash !== before;
      if (isBroken) yield { id, tenant_id, message: `it follows ${link.previous_hash}, the seal before is ${before}` };
    }
  }
}

/** @param inBook is filled with the hash of what each entry says now */
async function* bookFlaws(
  records: Records,
  sealed: Map<string, Place>,
  inBook: Map<string, string>,
): AsyncGenerator<Finding> {
  for await (const { id, body } of records.read(book)) {
    const { tenant_id, seal_number, position } = body;
    const place = sealed.get(id);
    sealed.delete(id);
    const due = hashOfEntry(body);
    inBook.set(id, due);
    if (!place) {
      yield { id, tenant_id, message: 'it is in the book, and in no seal' };
      continue;
    }
    if (due !== place.hash) yield { id, tenant_id, message: `sealed as ${place.hash}, its content hashes to ${due}` };
    else if (body.hash !== place.hash)
      yield { id, tenant_id, message: `sealed as ${place.hash}, kept as ${body.hash}` };
    if (place.number !== seal_number || place.position !== position) {
      const says = `it says that it is ${position} in seal ${seal_number}`;
      yield { id, tenant_id, message: `${says}, and is ${place.position} in seal ${place.number}` };
    }
  }
  for (const [id, { tenant_id, number }] of sealed) {
    yield { id, tenant_id, message: `it is in seal ${number}, and not in the book` };
  }
}

async function* journalFlaws(records: Records, inBook: Map<string, string>): AsyncGenerator<Finding> {
  for await (const { at: occurred_at, ...entry } of entriesOf(records)) {
    const { tenant_id, entry_id } = entry;
    const booked = inBook.get(entry_id);
    inBook.delete(entry_id);
    if (booked === undefined) yield { id: entry_id, tenant_id, message: 'it is in the journal, and not in the book' };
    else if (booked !== hashOfEntry({ ...entry, occurred_at })) {
      yield { id: entry_id, tenant_id, message: 'the journal and the book do not say the same of it' };
    }
  }
  for (const id of inBook.keys()) yield { id, message: 'it is in the book, and in no journal' };
}

/** SHA-256 over canonical JSON of these members, as `journal_entry_posted` carries them. */
function hashOfEntry(entry: Omit<BookEntry, 'hash' | 'seal_number' | 'position'>): string {
  const lines = entry.postings.map(({ account, amount, posting_id, unit }) =>
    canonical({ account, amount, posting_id, unit }),
  );
  const { about, cause, entry_id, kind, occurred_at, tenant_id } = entry;
  const members = { about, cause, entry_id, kind, occurred_at, postings: new Written(`[${lines}]`), tenant_id };
  return sha256(canonical(members));
}

function hashOfSeal({ tenant_id, number, previous_hash, entries }: Seal): string {
  const lines = entries.map(({ entry_id, hash: of }) => canonical({ entry_id, hash: of }));
  return sha256(canonical({ entries: new Written(`[${lines}]`), number, previous_hash, tenant_id }));
}

/** JSON that is canonical already. */
class Written {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Members sorted by code point, no spaces. */
function canonical(members: Readonly<Record<string, string | number | null | Written>>): string {
  const written = Object.keys(members)
    .sort()
    .map((name) => {
      const value = members[name] ?? null;
      return `${JSON.stringify(name)}:${value instanceof Written ? value.text : JSON.stringify(value)}`;
    });
  return `{${written}}`;
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
