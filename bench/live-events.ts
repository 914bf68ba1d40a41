import { randomUUID } from 'node:crypto';
import type { Chance } from '@waybill/shared/testing';
import { clientIdOf, companiesOf, emailOf, type LiveWorld } from './live-world.ts';

const noMarks = {
  ...{ landingUrl: 'https://www.example.com/', referrer: null, utmSource: null, utmMedium: null, utmCampaign: null },
  ...{ gclid: null, wbraid: null, gbraid: null, fbclid: null, fbp: null, fbc: null, msclkid: null, ipAddress: null, userAgent: null },
};

/** What a website sends: mostly sessions of strangers, some of people who are known, forms, signups, and links from the CRM. */
export function inventEvent(chance: Chance, world: LiveWorld, at: string): string {
  const roll = chance.unit();
  const person = 1 + chance.upTo(world.people);
  const known = clientIdOf(1 + chance.upTo(world.people * 2));
  if (roll < 0.92) {
    const marks = { ...noMarks, gclid: chance.unit() < 0.3 ? `Cj0${randomUUID()}` : null };
    const clientId = roll < 0.8 ? randomUUID() : known;
    return JSON.stringify({
      ...{ version: 1, kind: 'session-started', sessionId: randomUUID(), clientId, startedAt: at, ...marks, companies: [], contacts: [] },
    });
  }
  const someone = { version: 1, clientId: randomUUID(), occurredAt: at, sessionId: null, email: emailOf(person) };
  if (roll < 0.96) return JSON.stringify({ ...someone, kind: 'lead-captured', leadId: randomUUID(), form: 'demo', ...noMarks });
  if (roll < 0.98) return JSON.stringify({ ...someone, kind: 'signup-completed', signupId: randomUUID(), surface: 'web', ...noMarks });
  return JSON.stringify({
    ...{ version: 1, kind: 'identity-linked', eventId: randomUUID(), source: 'crm', linkedAt: at },
    from: { type: 'email', value: `new-${randomUUID()}@company.example` },
    to: { type: 'company', value: `${1 + chance.upTo(companiesOf(world))}` },
  });
}
