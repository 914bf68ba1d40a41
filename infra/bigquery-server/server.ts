import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, type Refusal, refuse } from './answers.ts';
import { createRoutes, type Path, type Route } from './routes.ts';
import { openWarehouse } from './warehouse.ts';

export type BigQueryServer = { url: string; port: number; stop(): Promise<void> };

/** https://cloud.google.com/bigquery/quotas#streaming_inserts */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** The part of BigQuery's REST API that its client needs, over DuckDB; keeps its data in `folder`, or in memory without one. */
export async function startBigQueryServer({ port, folder }: { port: number; folder?: string }): Promise<BigQueryServer> {
  const warehouse = await openWarehouse(folder);
  const routes = createRoutes(warehouse);
  const server = createServer(async (request, response) => {
    const { status, body } = await answer(routes, request).catch((error) => refuse('internalError', String(error)));
    response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  });
  const bound = await listen(server, port);
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    stop: async () => {
      const running = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await running;
      await warehouse.close();
    },
  };
}

/** Takes the port, or the next free one after it. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('listening', () => resolve((server.address() as AddressInfo).port));
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' || port >= 65_535) return reject(error);
      port += 1;
      server.listen(port, '127.0.0.1');
    });
    server.listen(port, '127.0.0.1');
  });
}

async function answer(routes: Route[], request: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  for (const { method, pattern, handle } of routes) {
    const match = method === request.method && pattern.exec(decodeURIComponent(pathname));
    if (!match) continue;
    const upload = pathname.startsWith('/upload/');
    const { body, refusal } = upload ? {} : await readJson(request);
    return refusal ?? handle({ path: { ...match.groups } as Path, query: searchParams, body, request });
  }
  return refuse('notFound', `Not found: ${request.method} ${pathname}`);
}

async function readJson(request: IncomingMessage): Promise<{ body?: unknown; refusal?: Refusal }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_BODY_BYTES)
    return { refusal: refuse('uploadTooLarge', `Request payload size exceeds the limit: ${MAX_BODY_BYTES} bytes.`) };
  try {
    return { body: JSON.parse(Buffer.concat(chunks).toString() || '{}') };
  } catch {
    return { refusal: refuse('invalid', 'Parse error: the body is not JSON.') };
  }
}
