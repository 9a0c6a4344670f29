export { freePort, type LocalEngine } from './engine-process.ts';
export { describeOnEngines, type EngineName, type EnginesUnderTest } from './engines-under-test.ts';
export { type FoundEngines, findEngines } from './find-engines.ts';
export { kafkaTool } from './java.ts';
export { createLocalKafka, createLocalMongodb, createLocalRedis, type EngineOptions } from './local-engines.ts';
export { openTcpProxy, type TcpProxy } from './tcp-proxy.ts';
