import { type Batch, type Bus, deadLetterTopic, type Subscription } from '@referral/bus';
import { deriveId, identifier, tenantId } from '@referral/contracts';
import type { Store } from '@referral/store';
import { z } from 'zod';
import { deadLetters } from '../collections.ts';

const identity = z.object({
  id: identifier,
  source: z.string(),
  type: z.string(),
  data: z.object({ tenant_id: tenantId }),
});

/**
 * Keeps which inbound events went to this service's dead letters, so that their publisher can ask what became of them.
 * A letter that tells no identity cannot be asked for; it stays in its topic alone.
 */
export function watchDeadLetters(
  bus: Bus,
  store: Store,
  group: string,
  topics: readonly string[],
): Promise<Subscription> {
  return bus.consume({
    group: `${group}.dead-letters`,
    topics: topics.map((topic) => deadLetterTopic(topic, group)),
    handleBatch: async ({ messages }: Batch) => {
      const changes = messages.flatMap(({ value, headers }) => {
        const event = identityOf(value);
        if (!event) return [];
        const { id: event_id, source, type, data } = event;
        const body = { tenant_id: data.tenant_id, event_id, source, type, cause: headers['dlq-cause'] ?? 'unknown' };
        return [
          { collection: deadLetters, id: deriveId('dlq', data.tenant_id, source, event_id), expectedVersion: 0, body },
        ];
      });
      const distinct = new Map(changes.map((change) => [change.id, change]));
      if (distinct.size > 0) await store.commit([...distinct.values()]);
    },
  });
}

function identityOf(value: Uint8Array): z.infer<typeof identity> | undefined {
  try {
    return identity.safeParse(JSON.parse(Buffer.from(value).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
