import { createHash } from 'node:crypto';

/** What makes two conversions the same one: equal parts give an equal event id. */
export interface EventIdParts {
  platform: string;
  account: string;
  conversionType: string;
  clickOrPerson: string;
  /** `company:42` or `contact:7`. */
  entity: string;
  /** Tells apart the occurrences of a repeatable conversion; empty where the type happens once. */
  occurrence: string;
}

/** Derives the id under which a platform sees a conversion; the prefix keeps it from being purely numeric, which Data Manager refuses. */
export function buildEventId(parts: EventIdParts): string {
  const key = [parts.platform, parts.account, parts.conversionType, parts.clickOrPerson, parts.entity, parts.occurrence];
  return `cv_${createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32)}`;
}
