import { type Bus, type DeliveredMessage, deadLetterTopic } from '@referral/bus';
import { encodeEvent, type ReferralLifecycle } from '@referral/contracts';
import type { TokenContent } from '@referral/host';
import { type Caller, type Installation, openInstallation } from '@referral/testing';
import { rewardIssuerService } from '../src/service.ts';
import { definitionFor, eventOf } from './referrals.ts';

export interface World extends Pick<Installation, 'anybody' | 'store' | 'publish' | 'settled' | 'restart' | 'close'> {
  /** Publishes what became of referrals, in this order. */
  tell(...referrals: readonly ReferralLifecycle[]): Promise<void>;
  /** Everything that a topic holds; in order within a partition. */
  read(topic: string): Promise<DeliveredMessage[]>;
  /** What the service gave up on. */
  deadLetters(topic: string): Promise<DeliveredMessage[]>;
  get(path: string, token: TokenContent): Promise<Awaited<ReturnType<Caller['get']>>>;
}

/** The service on the real embedded engines. `aroundBus` may stand between the service and its bus. */
export async function startWorld(aroundBus: (bus: Bus) => Bus = (bus) => bus): Promise<World> {
  const installation = await openInstallation({ services: [rewardIssuerService], aroundBus });
  const { publish, messages, settled, restart, close } = installation;
  return {
    get anybody() {
      return installation.anybody;
    },
    get store() {
      return installation.store;
    },
    publish,
    settled,
    restart,
    close,
    tell: (...referrals) => publish(referrals.map((told) => encodeEvent(definitionFor(told.status), eventOf(told)))),
    read: messages,
    deadLetters: (topic) => messages(deadLetterTopic(topic, rewardIssuerService.name)),
    async get(path, token) {
      return (await installation.as(token)).get(path);
    },
  };
}
