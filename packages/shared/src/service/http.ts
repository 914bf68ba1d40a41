import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { describeError, type Logger } from '../telemetry/index.ts';

export interface HttpAnswer {
  status: number;
  /** Text is sent as it is with `type`; anything else as JSON. */
  body: unknown;
  type?: string;
}

/** Answers one request; a throw is answered with 500 and logged. */
export type Route = (request: { url: URL; body: string }) => Promise<HttpAnswer>;

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, { status, body, type }: HttpAnswer): void {
  response.writeHead(status, { 'content-type': type ?? 'application/json; charset=utf-8' });
  response.end(typeof body === 'string' ? body : `${JSON.stringify(body)}\n`);
}

/** Serves routes keyed by `METHOD /path`, with `GET /healthz` beside them. Rejects when the port cannot be taken. */
export async function serveHttp(
  port: number,
  log: Logger,
  routes: Record<string, Route>,
): Promise<{ port: number; stop(): Promise<void> }> {
  const all: Record<string, Route> = { 'GET /healthz': async () => ({ status: 200, body: { status: 'ok' } }), ...routes };
  const server: Server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const route = all[`${request.method} ${url.pathname}`];
    if (route === undefined) return send(response, { status: 404, body: { error: `no such route: ${request.method} ${url.pathname}` } });
    try {
      send(response, await route({ url, body: await readBody(request) }));
    } catch (error) {
      log.error({ problem: describeError(error), path: url.pathname }, 'a request failed');
      send(response, { status: 500, body: { error: describeError(error) } });
    }
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
