import { createHash } from 'node:crypto';

const alreadyHashed = /^[0-9a-f]{64}$/;

/** SHA-256 in lower-case hex of a normalised identifier; a value that is one already passes unchanged. */
export function hashIdentifier(normalised: string): string {
  return alreadyHashed.test(normalised) ? normalised : createHash('sha256').update(normalised, 'utf8').digest('hex');
}
