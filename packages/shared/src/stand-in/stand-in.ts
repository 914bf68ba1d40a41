import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Accepted } from './accepted.ts';

export interface StandInRequest {
  method: string;
  url: URL;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface StandInAnswer {
  status: number;
  headers?: Record<string, string>;
  /** Text is sent as it is, anything else as JSON. */
  body: unknown;
}

const faultSchema = z.object({
  /**
   * `latency`: answers after `ms`. `reset-before`: breaks the connection before the request is looked at. `reset-after-accept`: takes the
   * request, then breaks the connection. `html`: a 502 page. `status`: bare status `status`. `slow-trickle`: answers bit by bit, over `ms`.
   * `lost-in-silence`: answers success and loses the first `rows` of the request. Any other name: the stand-in's own answer of that name, `ms` being
   * the delay that it asks for, where it asks for one.
   */
  kind: z.string(),
  /** How many requests it befalls. */
  times: z.int().min(1).default(1),
  ms: z.int().min(0).default(1_000),
  status: z.int().min(400).max(599).default(500),
  rows: z.int().min(1).default(1),
});
export type Fault = z.infer<typeof faultSchema>;

export interface StandInOptions {
  name: string;
  port: number;
  accepted: Accepted;
  /** Answers one request of the platform's wire, losing so many of its first rows; requests below /control and /accepted never reach it. */
  handle: (request: StandInRequest, lostRows: number) => Promise<StandInAnswer>;
  /** Answers of the platform's own that a fault of that name gives instead: `throttled`, `expired-token`, … */
  faultAnswers: Record<string, StandInAnswer | ((fault: Fault, request: StandInRequest) => StandInAnswer)>;
  /** Which requests faults befall; all by default. */
  isFaulty?: (request: StandInRequest, fault: Fault) => boolean;
}

/** Where a platform's stand-in is to stand, as the local stack lays it down. */
export interface StandInPlace {
  /** The one it should have; a taken port moves to a free one. */
  port: number;
  /** Where what was taken is kept between starts; unset: in memory. */
  folder?: string;
  /** The stand-in's clock, against which ages are judged. */
  now?: () => Date;
  /** The environment of the stack. */
  settings: Record<string, string | undefined>;
}

/** What `stand-in/start.ts` of a platform's folder exports as `start`; `env` holds the settings by which its sender reaches the stand-in. */
export type StartStandIn = (place: StandInPlace) => Promise<{ url: string; env: Record<string, string>; stop(): Promise<void> }>;

export interface StandIn {
  url: string;
  port: number;
  /** Makes the next requests go wrong. */
  arm(fault: z.input<typeof faultSchema>): void;
  /** How many requests of the wire came, faults included. */
  requests(): number;
  stop(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, answer: StandInAnswer): void {
  const isText = typeof answer.body === 'string';
  response.writeHead(answer.status, { 'content-type': isText ? 'text/html' : 'application/json', ...answer.headers });
  response.end(isText ? answer.body : JSON.stringify(answer.body));
}

const trickles = 20;

/** Sends the answer in small parts, so that something always comes and it never ends in time. */
async function trickle(response: ServerResponse, answer: StandInAnswer, ms: number): Promise<void> {
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
  const size = Math.max(1, Math.ceil(text.length / trickles));
  for (let from = 0; from < text.length && !response.destroyed; from += size) {
    response.write(text.slice(from, from + size));
    await delay(ms / trickles);
  }
  response.end();
}

const htmlPage: StandInAnswer = { status: 502, body: '<html><body><h1>502 Bad Gateway</h1></body></html>' };

/**
 * Serves a platform's wire on this machine. Beside it: `GET /accepted` shows counts and `?list=1` each conversion it took,
 * `POST /control/faults` makes it misbehave. A taken port moves to a free one.
 */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const armed: Fault[] = [];
  let requests = 0;

  const nextFault = (request: StandInRequest): Fault | null => {
    // Faults of other requests are not in the way of this one's.
    const fault = armed.find((of) => options.isFaulty?.(request, of) !== false);
    if (fault === undefined) return null;
    fault.times -= 1;
    if (fault.times === 0) armed.splice(armed.indexOf(fault), 1);
    return fault;
  };

  const show = (url: URL): StandInAnswer => ({
    status: 200,
    body: {
      platform: options.name,
      requests,
      ...options.accepted.counts(),
      ...(url.searchParams.has('list') ? { list: options.accepted.list() } : {}),
    },
  });

  const arm = (body: string): StandInAnswer => {
    const fault = faultSchema.safeParse(JSON.parse(body));
    if (!fault.success) return { status: 400, body: { error: fault.error.message } };
    armed.push(fault.data);
    return { status: 200, body: { armed } };
  };

  const answer = async (request: StandInRequest, response: ServerResponse): Promise<void> => {
    requests += 1;
    const fault = nextFault(request);
    if (fault?.kind === 'reset-before') return void response.destroy();
    if (fault?.kind === 'html') return send(response, htmlPage);
    if (fault?.kind === 'status') return send(response, { status: fault.status, body: '' });
    if (fault?.kind === 'latency') await delay(fault.ms);
    const named = fault === null ? undefined : options.faultAnswers[fault.kind];
    const instead = typeof named === 'function' ? named(fault as Fault, request) : named;
    const real = instead ?? (await options.handle(request, fault?.kind === 'lost-in-silence' ? fault.rows : 0));
    if (fault?.kind === 'reset-after-accept') return void response.destroy();
    if (fault?.kind === 'slow-trickle') return trickle(response, real, fault.ms);
    send(response, real);
  };

  const server = createServer((incoming, response) => {
    void (async () => {
      const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
      const body = await readBody(incoming);
      if (url.pathname === '/accepted') return send(response, show(url));
      if (url.pathname === '/control/faults') return send(response, arm(body));
      await answer({ method: incoming.method ?? 'GET', url, headers: incoming.headers, body }, response);
    })().catch((error: unknown) => send(response, { status: 500, body: { error: String(error) } }));
  });

  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listen(options.port).catch(() => listen(0));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    arm: (fault) => void armed.push(faultSchema.parse(fault)),
    requests: () => requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
