import { describe, expect, it } from '@jest/globals';
import { hashIdentifier } from '@waybill/shared/conversion';
import { hashesOf, hashOf, plainText } from './person.ts';

const asItIs = (plain: string) => plain;

describe('text in plain', () => {
  it.each<[string, string | null, string | null]>([
    ['is in lower case', 'MARY', 'mary'],
    ['has no space around it', ' \t mary \r\n', 'mary'],
    ['has no space without a break around it', '\u00a0mary\u202f', 'mary'],
    ['has no space without a width, wherever it is', '\ufeffma\u200bry\u2060', 'mary'],
    ['has no marks of direction, as numbers copied from a phone have', '\u202a+1 650 555 1212\u202c', '+1 650 555 1212'],
    ['has no soft hyphen', 'ma\u00adry', 'mary'],
    ['is composed', 'Vale\u0301ry', 'val\u00e9ry'],
    ['is composed across what is not seen', 'Vale\u200b\u0301ry', 'val\u00e9ry'],
    ['is composed in Hangul, too', '\u110c\u1165\u11bc', '정'],
    ['is composed after its lower case', '\u01f0'.toUpperCase(), '\u01f0'],
    ['keeps the space within', 'New York', 'new york'],
    ['is nothing where only white space is', ' \u00a0\u200b ', null],
    ['is nothing where nothing is', '', null],
    ['is nothing where it is not known', null, null],
  ])('%s', (_sentence, raw, plain) => {
    expect(plainText(raw)).toBe(plain);
  });
});

describe('a hash', () => {
  const hash = hashIdentifier('mary');

  it.each<[string, string | null, string | undefined]>([
    ['is SHA-256 of the normal form', ' Mary', '6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec'],
    ['passes where it was made before', hash, hash],
    ['passes in lower case', ` ${hash.toUpperCase()} `, hash],
    ['passes without the appendix of two', `${hash}.AQ`, hash],
    ['passes without the appendix of eight', `${hash}.AQYBAQ-_`, hash],
    ['with an appendix of another length is text', `${hash}.abc`, hashIdentifier(`${hash}.abc`)],
    ['of another length is text', hash.slice(1), hashIdentifier(hash.slice(1))],
    ['of nothing is nothing', '', undefined],
    ['of what is not known is nothing', null, undefined],
  ])('%s', (_sentence, raw, expected) => {
    expect(hashOf(raw, asItIs)).toBe(expected);
    expect(hashesOf(raw, asItIs)).toEqual(expected === undefined ? [] : [expected]);
  });

  it.each([null, ''])('is nothing where the normal form is %j', (normal) => {
    expect(hashOf('mary', () => normal)).toBeUndefined();
  });
});
