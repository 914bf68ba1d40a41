import { describeError, type Logger } from './log.ts';

/** Something a person must look at: a low-cardinality name, what it is about, and a sentence that says what and how to mend it. */
export type Alert = { name: string; detail: string } & Record<string, string>;

export interface Webhook {
  /** Posts the alert, unless the same was posted a while ago; never throws and never waits. */
  send(alert: Alert): void;
  /** Resolves when everything that was posted has been answered or given up. */
  drain(): Promise<void>;
}

export interface WebhookOptions {
  /** Takes `{"text": …}`, as Slack's incoming webhooks do; it holds a secret. */
  url: string;
  /** The same alert about the same thing is posted once in so long, and the ones between are counted. */
  repeatMs: number;
  service: string;
  log: Logger;
  timeoutMs?: number;
  nowMs?: () => number;
}

/** What makes two alerts the same: all but the detail. */
const subjectOf = ({ name, detail: _, ...about }: Alert): string => JSON.stringify([name, ...Object.entries(about).sort()]);

function describe(service: string, { name, detail, ...about }: Alert, before: number): string {
  const parts = Object.entries(about).map(([field, value]) => `${field} ${value}`);
  const more = before === 0 ? '' : ` (and ${before} more since the last message)`;
  return `*${name}* ${service}${parts.length === 0 ? '' : `, ${parts.join(', ')}`}: ${detail}${more}`;
}

/** Posts alerts to a Slack-compatible address, each at most once in a while. https://api.slack.com/messaging/webhooks */
export function openWebhook({ url, repeatMs, service, log, timeoutMs = 5_000, nowMs = Date.now }: WebhookOptions): Webhook {
  const known = new Map<string, { postedAt: number; since: number }>();
  const running = new Set<Promise<void>>();

  const post = async (text: string): Promise<void> => {
    try {
      const body = JSON.stringify({ text });
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(timeoutMs) });
      await response.text();
      if (!response.ok) log.warn({ status: response.status }, 'the webhook did not take an alert');
    } catch (error) {
      // Its message may hold the address, which is a secret.
      const kind = error instanceof Error ? error.name : describeError(error);
      log.warn({ problem: kind }, 'the webhook cannot be reached; ALERT_WEBHOOK_URL may be wrong');
    }
  };

  return {
    send: (alert) => {
      const subject = subjectOf(alert);
      const last = known.get(subject);
      if (last !== undefined && nowMs() - last.postedAt < repeatMs) {
        last.since += 1;
        return;
      }
      known.set(subject, { postedAt: nowMs(), since: 0 });
      const posting = post(describe(service, alert, last?.since ?? 0)).finally(() => running.delete(posting));
      running.add(posting);
    },
    drain: async () => void (await Promise.all(running)),
  };
}
