import { randomUUID } from 'node:crypto';
import { describeOnEngines, kafkaTool } from '@referral/local-engines';
import { createDistributed, type DistributedPlatform } from './distributed-platform.ts';
import { run } from './platform.ts';

/**
 * A platform service and a journeys engine are not written in our stack: here they are Kafka's own console tools, which know
 * nothing of us but the documented contract.
 */

const tenant = 'acme-waste';
const occurredAt = '2026-03-01T10:00:00Z';

describeOnEngines(
  ['kafka', 'mongodb', 'redis', 'local'],
  'clients of another stack',
  ({ kafkaBrokers, mongodbUrl, redisUrl }) => {
    const [broker = ''] = kafkaBrokers;
    let platform: DistributedPlatform;
    beforeAll(async () => {
      platform = await createDistributed({ KAFKA_BROKERS: broker, MONGODB_URL: mongodbUrl, REDIS_URL: redisUrl });
      await platform.start();
      // Makes the tenant and its programme.
      expect(await platform.referral('demo', '--run', 'tenant').finished).toMatchObject({ code: 0 });
    }, 120_000);
    afterAll(() => platform.remove());

    async function codeOf(customerId: string): Promise<string> {
      const { body } = await platform.get('/api/referrals/my-code', { kind: 'customer', tenantId: tenant, customerId });
      return body.referral_code;
    }

    /** @param line what the console producer reads: headers, a tab, key, a tab, value */
    async function produce(topic: string, line: string): Promise<void> {
      const properties = ['parse.headers=true', 'parse.key=true'].flatMap((each) => ['--property', each]);
      const target = ['--bootstrap-server', broker, '--topic', `${platform.topicPrefix}${topic}`];
      const [command, args] = await kafkaTool('org.apache.kafka.tools.ConsoleProducer', [...target, ...properties]);
      expect(await run(command, args, process.env, `${line}\n`).finished).toMatchObject({ code: 0 });
    }

    /** Everything of a topic until `count` messages have come: headers, a tab, key, a tab, value. */
    async function consume(topic: string, count: number): Promise<string[]> {
      const source = ['--bootstrap-server', broker, '--topic', `${platform.topicPrefix}${topic}`, '--from-beginning'];
      const end = ['--max-messages', String(count), '--timeout-ms', '60000'];
      const properties = ['print.headers=true', 'print.key=true'].flatMap((each) => ['--property', each]);
      const tool = 'org.apache.kafka.tools.consumer.ConsoleConsumer';
      const [command, args] = await kafkaTool(tool, [...source, ...end, ...properties]);
      const { code, stdout } = await run(command, args).finished;
      expect(code).toBe(0);
      return stdout.trim().split('\n');
    }

    const binary = (id: string, type: string, data: object) => {
      const attributes = { ce_specversion: '1.0', ce_id: id, ce_source: '/shop', ce_type: type, ce_time: occurredAt };
      const headers = Object.entries({ 'content-type': 'application/json', ...attributes });
      return `${headers.map((pair) => pair.join(':')).join(',')}\tany-key\t${JSON.stringify(data)}`;
    };
    const structured = (id: string, type: string, data: object) => {
      const event = { specversion: '1.0', id, source: '/shop', type, time: occurredAt, data };
      return `content-type:application/cloudevents+json\tany-key\t${JSON.stringify(event)}`;
    };

    test.each([
      ['binary', binary],
      ['structured', structured],
    ])('publish in %s mode, and act on referral_converted alone', async (mode, event) => {
      const [referrer, referee] = [`referrer-${mode}`, `referee-${mode}`];
      const common = { tenant_id: tenant, customer_id: referee, occurred_at: occurredAt };
      const signup = { ...common, referral_code: await codeOf(referrer), email: `${referee}@example.com` };
      const purchase = { ...common, order_id: `order-${mode}`, amount: 2_933, currency: 'USD' };
      await produce('customer_signed_up', event(randomUUID(), 'customer_signed_up', signup));
      await produce('purchase_completed', event(randomUUID(), 'purchase_completed', purchase));

      // The first is the demo's; each mode adds one.
      const lines = await consume('referral_converted', mode === 'binary' ? 2 : 3);
      const line = lines.find((each) => each.includes(referee)) ?? '';
      const [headers, key, value = ''] = line.split('\t');
      expect(headers).toContain('content-type:application/cloudevents+json');
      expect(key).toBe(`${tenant}:${referrer}`);
      expect(JSON.parse(value)).toMatchObject({
        specversion: '1.0',
        type: 'referral_converted',
        data: {
          tenant_id: tenant,
          status: 'converted',
          referrer_customer_id: referrer,
          referee_customer_id: referee,
          qualifying: { type: 'first_purchase', order_id: `order-${mode}`, amount: 2_933, currency: 'USD' },
          rewards: { referrer: { type: 'points', value: 100 }, referee: { type: 'discount_percent', value: 1_000 } },
        },
      });
    });
  },
);
