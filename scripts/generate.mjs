import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { prepare } from './prepare.mjs';

// Writes the event documents from their contracts. A test fails while they differ.
prepare();
const { eventDefinitions, jsonSchemaOf, schemaFileName } = await import('../packages/contracts/dist/index.js');
const folder = 'docs/events';
for (const file of readdirSync(folder)) if (file.endsWith('.json')) rmSync(`${folder}/${file}`);
for (const definition of eventDefinitions) {
  writeFileSync(`${folder}/${schemaFileName(definition)}`, `${JSON.stringify(jsonSchemaOf(definition), null, 2)}\n`);
}
