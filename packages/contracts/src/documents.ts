export { asyncApiDocument } from './asyncapi/document.ts';
export { eventExamples } from './asyncapi/examples.ts';
export { receives, sends } from './asyncapi/flows.ts';
export { breakingChanges } from './compatibility.ts';
export { documentedServices, openApiDocument } from './openapi/document.ts';
