import { hash } from 'node:crypto';
import { type Request, type RequestHandler, type Response, Router } from 'express';

export interface DocumentedProcess {
  /** The services of this process, by name: their calls are what the document lists. */
  readonly services: readonly string[];
  /** Where people reach this installation, without a trailing slash. */
  readonly publicUrl: string;
}

/**
 * `/openapi.json`, `/asyncapi.json` and `/docs`, a page that shows the former. All are made at the first request for
 * them: who never asks does not pay, neither at the start nor in memory. The page loads nothing from another host.
 */
export function documentRoutes({ services, publicUrl }: DocumentedProcess): Router {
  const router = Router();
  router.get(
    '/openapi.json',
    answerJson(async () => {
      const { openApiDocument } = await import('@referral/contracts/documents');
      return openApiDocument(services, { url: publicUrl });
    }),
  );
  router.get(
    '/asyncapi.json',
    answerJson(async () => {
      const { asyncApiDocument } = await import('@referral/contracts/documents');
      return asyncApiDocument();
    }),
  );

  const page = once(loadPage);
  router.get('/docs', async (req, res) => {
    // The page names its parts relative to itself, so that it also works below a path of a proxy.
    if (req.path.endsWith('/')) return res.redirect(308, '../docs');
    const { html } = await page();
    return res.set('Cache-Control', 'no-cache').type('html').send(html);
  });
  router.use('/docs', async (req, res, next) => {
    const { assets } = await page();
    assets(req, res, next);
  });
  return router;
}

interface Page {
  readonly html: string;
  readonly assets: Router;
}

async function loadPage(): Promise<Page> {
  const { default: swaggerUi } = await import('swagger-ui-express');
  const options = {
    customSiteTitle: 'Referral platform: the API',
    customCss: '.swagger-ui .topbar { display: none }',
    swaggerUrl: 'openapi.json',
    // Its own default asks a validator on the internet.
    swaggerOptions: { validatorUrl: null, persistAuthorization: true },
  };
  const html = swaggerUi.generateHTML(undefined, options).replaceAll('="./', '="docs/');
  return { html, assets: Router().use(...swaggerUi.serveFiles(undefined, options)) };
}

/** A caller may keep the answer, and asks each time whether it is still the one. */
function answerJson(build: () => Promise<object>): RequestHandler {
  const document = once(async () => {
    const text = JSON.stringify(await build());
    return { text, tag: `"${hash('sha256', text, 'base64url').slice(0, 22)}"` };
  });
  return async (req: Request, res: Response) => {
    const { text, tag } = await document();
    res.set({ ETag: tag, 'Cache-Control': 'no-cache' });
    if (knownTags(req).includes(tag)) return res.status(304).end();
    return res.type('json').send(text);
  };
}

/** Not by `req.fresh`: fetch asks with `Cache-Control: no-cache` too, which only wants us to be asked. */
function knownTags(req: Request): string[] {
  return (req.get('if-none-match') ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
}

/** Made at the first call; a failure is not kept. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
