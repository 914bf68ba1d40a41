import { buildEventId, type Conversion } from '../conversion/index.ts';

let next = 0;

/** A whole, valid conversion; `changes` replaces fields. Each call is another conversion unless the event id is given. */
export function buildConversion(changes: Partial<Conversion> = {}): Conversion {
  next += 1;
  const platform = changes.platform ?? 'google';
  const click =
    changes.click === undefined ? { kind: 'gclid', id: `EAIaIQobChMI${next}`, clickedAt: '2026-11-18T09:00:00.000Z' } : changes.click;
  return {
    version: 1,
    eventId: buildEventId({
      platform,
      account: '3625606301',
      conversionType: 'google.paid',
      clickOrPerson: `test ${next}`,
      entity: `company:${next}`,
      occurrence: '',
    }),
    platform,
    conversionType: 'google.paid',
    account: '3625606301',
    action: '987650001',
    occurredAt: '2026-11-19T10:00:00.000Z',
    value: { amount: '12.34', currency: 'USD' },
    click,
    browser: { fbp: null, fbc: null, ipAddress: null, userAgent: null, sourceUrl: null },
    person: { email: [], phone: [] },
    consent: { adUserData: 'granted', adPersonalization: 'granted', limitedDataUse: null },
    company: next,
    contact: null,
    rule: { name: 'google.paid', version: 1 },
    ...changes,
  };
}
