import { domainToASCII } from 'node:url';
import { hashIdentifier } from '@waybill/shared/conversion';
import type { IdentityEnd, IdentityType } from '@waybill/shared/messages';
import freeMailDomains from 'free-email-domains';
import roleMailboxes from 'role-based-email-addresses';

/** An identifier as the graph knows it. */
export interface NodeKey {
  type: IdentityType;
  /** Of an e-mail address its SHA-256, so that none is kept in the clear. */
  value: string;
  /** Why it links nobody to anybody; null where it does. */
  blocked: string | null;
}

const freeMail = new Set(freeMailDomains);
const roles = new Set(roleMailboxes);
const hashed = /^sha256:([0-9a-f]{64})(?:@(.+))?$/;

/** In lower case and in the letters that DNS knows. */
const normaliseDomain = (domain: string): string => domainToASCII(domain.trim().toLowerCase()) || domain.trim().toLowerCase();

/** An address in the form in which all ways to write it are equal: lower case, without a tag after a plus. */
function readAddress(email: string): { mailbox: string; domain: string } {
  const at = email.lastIndexOf('@');
  const mailbox = email.slice(0, at).trim().normalize('NFC').toLowerCase();
  return { mailbox: mailbox.replace(/(?<=.)\+.*$/, ''), domain: normaliseDomain(email.slice(at + 1)) };
}

/** An address that says of no person who it is. */
export const isRoleAddress = (email: string): boolean => roles.has(readAddress(email).mailbox);

/** An address without what tells whose it is, and still the same node: its hash, and its domain, which is the company's. */
export function toHashedAddress(email: string): string {
  const { mailbox, domain } = readAddress(email);
  return `sha256:${hashIdentifier(`${mailbox}@${domain}`)}@${domain}`;
}

/** Own domains stand for all below them. */
const isOwn = (domain: string, ownDomains: ReadonlySet<string>): boolean =>
  domain.split('.').some((_, place, labels) => ownDomains.has(labels.slice(place).join('.')));

export function toDomainNode(domain: string, ownDomains: ReadonlySet<string>): NodeKey {
  // A CRM takes the company's domain from its website, its people's addresses do not have the host's name.
  const value = normaliseDomain(domain).replace(/^www\.(?=.+\.)/, '');
  const blocked = isOwn(value, ownDomains) ? 'our own domain' : freeMail.has(value) ? 'a free-mail domain' : null;
  return { type: 'domain', value, blocked };
}

/** An e-mail address as a node, and its domain as another where it is told. */
export function toEmailNodes(email: string, ownDomains: ReadonlySet<string>): { email: NodeKey; domain: NodeKey | null } {
  const [, hash, domainOfHash] = hashed.exec(email) ?? [];
  if (hash !== undefined) {
    const domain = domainOfHash === undefined ? null : toDomainNode(domainOfHash, ownDomains);
    const blocked = domain?.blocked === 'our own domain' ? 'an address of our own domain' : null;
    return { email: { type: 'email', value: hash, blocked }, domain };
  }
  const { mailbox, domain: name } = readAddress(email);
  const domain = toDomainNode(name, ownDomains);
  const blocked = domain.blocked === 'our own domain' ? 'an address of our own domain' : roles.has(mailbox) ? 'a role mailbox' : null;
  return { email: { type: 'email', value: hashIdentifier(`${mailbox}@${name}`), blocked }, domain };
}

/** An end of a link as a node. */
export function toNode({ type, value }: IdentityEnd, ownDomains: ReadonlySet<string>): NodeKey {
  if (type === 'email') return toEmailNodes(value, ownDomains).email;
  if (type === 'domain') return toDomainNode(value, ownDomains);
  return { type, value: value.toLowerCase(), blocked: null };
}
