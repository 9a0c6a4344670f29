import { describeOnEngines } from '@referral/local-engines';
import { kafkaUnderTest } from '../../test/kafka-under-test.ts';
import { describeBus } from '../bus.contract.ts';

describeOnEngines(['kafka'], 'kafka', ({ kafkaBrokers }) => {
  describeBus('kafka bus', async () => {
    const kafka = await kafkaUnderTest(kafkaBrokers);
    let bus = kafka.open();
    return {
      bus,
      async reopen() {
        await bus.close();
        bus = kafka.open();
        return bus;
      },
      close: () => kafka.close(),
    };
  });
});
