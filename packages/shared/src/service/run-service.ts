import { ConfigError } from '../config/index.ts';
import { createLogger, describeError, type Logger, openWebhook, postAlertsTo, type Webhook } from '../telemetry/index.ts';
import { type Route, serveHttp } from './http.ts';

export interface RunningService {
  routes?: Record<string, Route>;
  /** Lets the work in hand finish; called once, on SIGTERM or SIGINT. */
  stop(): Promise<void>;
}

export interface ServiceSettings {
  PORT: number;
  LOG_LEVEL: string;
  ALERT_WEBHOOK_URL?: string | undefined;
  ALERT_REPEAT_MINUTES: number;
}

function openAlerts(service: string, config: ServiceSettings, log: Logger): Webhook | null {
  if (config.ALERT_WEBHOOK_URL === undefined) return null;
  const webhook = openWebhook({ url: config.ALERT_WEBHOOK_URL, repeatMs: config.ALERT_REPEAT_MINUTES * 60_000, service, log });
  postAlertsTo(webhook);
  return webhook;
}

/** Aborted when the service is asked to stop; long waits listen to it. */
export type Stopping = AbortSignal;

/**
 * The life of a service: read config, start, serve HTTP, and on SIGTERM drain and end with code 0.
 * A bad configuration ends with code 2 and one message; any other failure to start with code 1.
 */
export async function runService<C extends ServiceSettings>(
  name: string,
  readConfig: () => C,
  start: (config: C, log: Logger, stopping: Stopping) => Promise<RunningService>,
): Promise<void> {
  let config: C;
  try {
    config = readConfig();
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof ConfigError ? error.message : describeError(error)}\n`);
    process.exit(2);
  }
  const log = createLogger(name, config.LOG_LEVEL);
  const stopping = new AbortController();
  const webhook = openAlerts(name, config, log);
  try {
    const service = await start(config, log, stopping.signal);
    const http = await serveHttp(config.PORT, log, service.routes ?? {});
    log.info({ port: http.port }, 'ready');
    process.send?.({ ready: true, port: http.port });

    const stop = async (): Promise<void> => {
      if (stopping.signal.aborted) return;
      stopping.abort();
      log.info({}, 'draining');
      await http.stop();
      await service.stop();
      await webhook?.drain();
      log.info({}, 'stopped');
      process.exit(0);
    };
    process.on('SIGTERM', () => void stop());
    process.on('SIGINT', () => void stop());
    // The local stack forks services: when it is gone, nobody is left to stop them.
    process.on('disconnect', () => void stop());
  } catch (error) {
    log.fatal({ problem: describeError(error) }, 'cannot start');
    process.exit(error instanceof ConfigError ? 2 : 1);
  }
}
