export interface Email {
  mailbox: string;
  domain: string;
}

// One @ between a mailbox without white space or the signs that only a quoted one can have, and a domain whose last label is no number.
const address = /^([^\s\p{Cc}@"(),:;<>[\]\\]+)@((?:[\p{L}\p{M}\p{N}-]+\.)+(?!\d+$)[\p{L}\p{M}\p{N}-]+)$/u;

/** The two parts of an address in plain text; null where it is none. */
export function splitEmail(plain: string): Email | null {
  const [, mailbox, domain] = address.exec(plain) ?? [];
  return mailbox === undefined || domain === undefined ? null : { mailbox, domain };
}

/** The address without its +alias and the dots of its mailbox; null where that leaves no mailbox. */
export function withoutAlias({ mailbox, domain }: Email): string | null {
  const [name = ''] = mailbox.split('+', 1);
  const bare = name.replaceAll('.', '').normalize('NFC');
  return bare === '' ? null : `${bare}@${domain}`;
}
