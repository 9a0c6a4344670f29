import type { OffsetStore, PartitionOffset } from '@referral/bus/kafka';
import { retryOperational } from '@referral/errors';
import { type Document, defineCollection, type Store } from '@referral/store';

interface GroupOffsets {
  /** The next message to handle of each partition, as decimal strings. */
  readonly offsets: readonly PartitionOffset[];
}

const collection = defineCollection<GroupOffsets>('host.consumer-offsets');

/** The groups' offsets beside the documents that they stand for: one document per group, written by this process alone. */
export async function openStoredOffsets(store: Store): Promise<OffsetStore> {
  await store.prepare([collection]);
  const read = (group: string) => store.get(collection, group);
  return {
    async load(group) {
      return (await read(group))?.body.offsets ?? [];
    },
    save: (group, offsets) => retryOperational(() => write(store, group, offsets, read)),
  };
}

async function write(
  store: Store,
  group: string,
  offsets: readonly PartitionOffset[],
  read: (group: string) => Promise<Document<GroupOffsets> | undefined>,
): Promise<void> {
  for (;;) {
    const document = await read(group);
    const merged = new Map(
      [...(document?.body.offsets ?? []), ...offsets].map((each) => [`${each.topic}/${each.partition}`, each]),
    );
    const [outcome] = await store.commit([
      { collection, id: group, expectedVersion: document?.version ?? 0, body: { offsets: [...merged.values()] } },
    ]);
    if (outcome?.status === 'ok') return;
  }
}
