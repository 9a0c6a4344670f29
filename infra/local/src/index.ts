export { describeOnEngines, type EngineName, type EnginesUnderTest } from './engines-under-test.ts';
