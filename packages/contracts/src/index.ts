import './messages.ts';

export * from './api/attribution.ts';
export * from './api/program.ts';
export * from './api/referral-code.ts';
export * from './catalogue.ts';
export * from './cloud-events.ts';
export * from './codec.ts';
export * from './codes.ts';
export * from './events/attribution.ts';
export * from './events/inbound.ts';
export * from './events/referral-code.ts';
export * from './events/reward-issuer.ts';
export * from './ids.ts';
export * from './json-schema.ts';
export * from './program.ts';
export * from './scalars.ts';
