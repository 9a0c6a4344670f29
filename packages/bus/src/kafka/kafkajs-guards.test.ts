import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { guardKafkajs } from './kafkajs-guards.ts';

it('lets an idle connection sleep, where the client library would wake it a thousand times a second', () => {
  guardKafkajs();
  jest.useFakeTimers();
  const schedule = RequestQueue.prototype.scheduleCheckPendingRequests;
  schedule.call(Object.assign(Object.create(RequestQueue.prototype), { pending: [], throttledUntil: -1 }));
  expect(jest.getTimerCount()).toBe(0);
  schedule.call(Object.assign(Object.create(RequestQueue.prototype), { pending: ['request'], throttledUntil: -1 }));
  expect(jest.getTimerCount()).toBe(1);
  jest.useRealTimers();
});

it('loads the client library for those only who ask for it', () => {
  const load = jest.fn(() => ({}));
  jest.doMock('kafkajs', load);
  jest.isolateModules(() => void jest.requireActual('../index.ts'));
  expect(load).not.toHaveBeenCalled();
  jest.isolateModules(() => expect(() => jest.requireActual('./index.ts')).not.toThrow());
  expect(load).toHaveBeenCalled();
});
