import { parseFilter } from './filter.ts';
import type { Rules } from './subscription.ts';

export type Duration = { readonly seconds: number; readonly nanos: number };
export type Timestamp = Duration;

/** The fields of the wire's Topic that this server reads; all others are kept and given back. */
export type TopicConfig = {
  readonly name: string;
  readonly messageRetentionDuration: Duration | null;
  readonly schemaSettings?: unknown;
  readonly ingestionDataSourceSettings?: unknown;
  readonly messageTransforms?: readonly unknown[];
};

/** The fields of the wire's Subscription that this server reads; all others are kept and given back. */
export type SubscriptionConfig = {
  readonly name: string;
  readonly topic: string;
  readonly ackDeadlineSeconds: number;
  readonly retainAckedMessages: boolean;
  readonly messageRetentionDuration: Duration | null;
  readonly enableMessageOrdering: boolean;
  readonly enableExactlyOnceDelivery: boolean;
  readonly filter: string;
  readonly deadLetterPolicy: { readonly deadLetterTopic: string; readonly maxDeliveryAttempts: number } | null;
  readonly retryPolicy: { readonly minimumBackoff: Duration | null; readonly maximumBackoff: Duration | null } | null;
  readonly pushConfig?: { readonly pushEndpoint: string } | null;
  readonly bigqueryConfig?: unknown;
  readonly cloudStorageConfig?: unknown;
  readonly bigtableConfig?: unknown;
  readonly messageTransforms?: readonly unknown[];
};

const weekSeconds = 7 * 86_400;
const fixedFields = ['name', 'topic', 'filter', 'enableMessageOrdering'];

/** Fills in what Google's service fills in for fields that are left out. */
export function withDefaults(config: SubscriptionConfig): SubscriptionConfig {
  const { deadLetterPolicy, retryPolicy } = config;
  return {
    ...config,
    ackDeadlineSeconds: config.ackDeadlineSeconds || 10,
    messageRetentionDuration: config.messageRetentionDuration ?? { seconds: weekSeconds, nanos: 0 },
    deadLetterPolicy: deadLetterPolicy && { ...deadLetterPolicy, maxDeliveryAttempts: deadLetterPolicy.maxDeliveryAttempts || 5 },
    retryPolicy: retryPolicy && {
      minimumBackoff: retryPolicy.minimumBackoff ?? { seconds: 10, nanos: 0 },
      maximumBackoff: retryPolicy.maximumBackoff ?? { seconds: 600, nanos: 0 },
    },
  };
}

/** Returns what Google's service would refuse, or null. Bounds: https://cloud.google.com/pubsub/docs/reference/rpc/google.pubsub.v1 */
export function problemOf(config: SubscriptionConfig): string | null {
  const filter = parseFilter(config.filter);
  const attempts = config.deadLetterPolicy?.maxDeliveryAttempts ?? 5;
  if ('problem' in filter) return `filter: ${filter.problem}`;
  if (isOutside(config.ackDeadlineSeconds, 10, 600)) return 'ack_deadline_seconds is outside 10 to 600';
  if (isOutside(attempts, 5, 100)) return 'max_delivery_attempts is outside 5 to 100';
  if (isOutside(toMs(config.messageRetentionDuration), 600_000, 31 * 86_400_000))
    return 'message_retention_duration is outside 10 minutes to 31 days';
  if (isOutside(toMs(config.retryPolicy?.minimumBackoff), 0, 600_000)) return 'minimum_backoff is outside 0 to 600 seconds';
  if (toMs(config.retryPolicy?.minimumBackoff) > toMs(config.retryPolicy?.maximumBackoff))
    return 'minimum_backoff is above maximum_backoff';
  return null;
}

/** Names the fields in use that ask for something this server does not do. */
export function unsupportedIn(config: TopicConfig | SubscriptionConfig): string[] {
  const asked: Record<string, unknown> = { ...config };
  if ('pushConfig' in config && config.pushConfig?.pushEndpoint === '') delete asked.pushConfig;
  if (config.messageTransforms?.length === 0) delete asked.messageTransforms;
  const unsupported = [
    'pushConfig',
    'bigqueryConfig',
    'cloudStorageConfig',
    'bigtableConfig',
    'messageTransforms',
    'schemaSettings',
    'ingestionDataSourceSettings',
  ];
  return unsupported.filter((field) => asked[field] !== null && asked[field] !== undefined);
}

/** Expects a configuration with defaults and without problems. */
export function toRules(config: SubscriptionConfig): Rules {
  const filter = parseFilter(config.filter);
  return {
    filter: 'filter' in filter ? filter.filter : () => false,
    ordered: config.enableMessageOrdering,
    exactlyOnce: config.enableExactlyOnceDelivery,
    retainAcked: config.retainAckedMessages,
    retentionMs: toMs(config.messageRetentionDuration),
    backoff: { minMs: toMs(config.retryPolicy?.minimumBackoff), maxMs: toMs(config.retryPolicy?.maximumBackoff) },
    maxDeliveryAttempts: config.deadLetterPolicy?.maxDeliveryAttempts ?? null,
  };
}

/** Sets the fields at the mask's paths, given in the wire's snake case and nested by dots; a path that cannot change is the problem. */
export function withUpdate<T extends object>(
  config: T,
  update: T,
  paths: readonly string[],
): { readonly config: T } | { readonly problem: string } {
  const next = structuredClone(config);
  for (const path of paths) {
    const fields = path.split('.').map((name) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()));
    const [first = ''] = fields;
    if (!(first in update) || fixedFields.includes(first)) return { problem: `${path} cannot be updated` };
    copyField(next as Fields, update as Fields, fields);
  }
  return { config: next };
}

type Fields = { [name: string]: unknown };

function copyField(target: Fields, source: Fields | null, [field = '', ...rest]: string[]): void {
  if (rest.length === 0) {
    target[field] = source?.[field] ?? null;
    return;
  }
  target[field] ??= {};
  copyField(target[field] as Fields, (source?.[field] ?? null) as Fields | null, rest);
}

export function toMs(duration: Duration | null | undefined): number {
  return duration ? duration.seconds * 1000 + duration.nanos / 1e6 : 0;
}

export function toTimestamp(ms: number): Timestamp {
  return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 };
}

function isOutside(value: number, least: number, most: number): boolean {
  return value < least || value > most;
}
