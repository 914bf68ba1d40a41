/** A person as the CRM knows them; raw, never leaving this service. */
export interface RawPerson {
  email: string | null;
  phone: string | null;
  firstName: string | null;
  lastName: string | null;
  city: string | null;
  state: string | null;
  zip: string | null;
  country: string | null;
  externalId: string | null;
}

/** A mailbox and its domain, trimmed and in lower case; null where it is no address. */
export function splitEmail(email: string): { mailbox: string; domain: string } | null {
  const [, mailbox, domain] = /^([^\s@]+)@([^\s@]+\.[^\s@]+)$/.exec(email.normalize('NFC').trim().toLowerCase()) ?? [];
  return mailbox === undefined || domain === undefined ? null : { mailbox, domain };
}
