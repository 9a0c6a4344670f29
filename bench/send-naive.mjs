import { cdnow } from './cdnow-events.mjs';

/** The naive import's other side: one request per event, each awaited. */
const { BENCH_URL: url, BENCH_EVENTS: count } = process.env;
const bodies = cdnow
  .events('acme', (id) => id)
  .slice(0, Number(count))
  .map((event) => JSON.stringify(event));
process.send('ready');
process.once('message', async () => {
  for (const body of bodies) {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    if (!response.ok) throw new Error(`naive import: ${response.status}`);
    await response.text();
  }
  process.send('sent');
});
