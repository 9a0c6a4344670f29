// What the container runtime asks a service: exits with 0 when it can serve. The image has no curl.
const url = `http://127.0.0.1:${process.env.PORT ?? 3000}/readyz`;
const response = await fetch(url, { signal: AbortSignal.timeout(4_000) }).catch(() => undefined);
process.exit(response?.ok ? 0 : 1);
