import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { prepare } from './prepare.mjs';

/**
 * Writes the documents of the contracts: a JSON Schema per event version, OpenAPI per service, AsyncAPI. A test fails
 * while they differ. What is published of an event is never overwritten with something that would break somebody.
 */
prepare();
const { eventDefinitions, jsonSchemaOf, schemaFileName } = await import('../packages/contracts/dist/index.js');
const { asyncApiDocument, breakingChanges, documentedServices, openApiDocument } = await import(
  '../packages/contracts/dist/documents.js'
);

const events = 'docs/events';
const broken = eventDefinitions.flatMap((definition) => {
  const file = `${events}/${schemaFileName(definition)}`;
  if (!existsSync(file)) return [];
  const published = JSON.parse(readFileSync(file, 'utf8'));
  const faults = breakingChanges(published, jsonSchemaOf(definition), definition.direction);
  return faults.map((fault) => `${file}: ${fault}`);
});
const types = new Set(eventDefinitions.map(({ type }) => type));
for (const file of readdirSync(events)) {
  if (file.endsWith('.json') && !types.has(file.split('.')[0])) broken.push(`${events}/${file}: is an event no longer`);
}
if (broken.length > 0) {
  process.stderr.write(
    `${broken.join('\n')}\nThis breaks who relies on it: make a new version. Nothing was written.\n`,
  );
  process.exit(1);
}

for (const definition of eventDefinitions) write(`${events}/${schemaFileName(definition)}`, jsonSchemaOf(definition));
mkdirSync('docs/openapi', { recursive: true });
for (const service of documentedServices) {
  write(`docs/openapi/${service}.json`, openApiDocument([service], { url: '/' }));
}
write('docs/asyncapi.json', asyncApiDocument());

function write(file, document) {
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
}
