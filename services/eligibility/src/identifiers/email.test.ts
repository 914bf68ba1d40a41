import { describe, expect, it } from '@jest/globals';
import { splitEmail, withoutAlias } from './email.ts';

describe('an address', () => {
  it.each<[string, string]>([
    ['has a mailbox and a domain', 'jane@example.com'],
    ['can have several subdomains', 'jane@mail.example.co.uk'],
    ['can have the signs of RFC 5322', "o'neill!#$%&*+/=?^_`{|}~-@example.com"],
    ['can have dots in a row', 'j..doe@example.com'],
    ['can be in any script', 'γιάννης@παράδειγμα.ελ'],
    ['can have a domain in Punycode', 'jane@xn--mnchen-3ya.xn--p1ai'],
  ])('%s', (_sentence, plain) => {
    const email = splitEmail(plain);
    expect(`${email?.mailbox}@${email?.domain}`).toBe(plain);
  });

  it.each<[string, string]>([
    ['without a mailbox', '@example.com'],
    ['without a domain', 'jane@'],
    ['without an at sign', 'jane'],
    ['with two at signs', 'jane@doe@example.com'],
    ['with a space', 'jane doe@example.com'],
    ['with a space without a break', 'jane\u00a0doe@example.com'],
    ['with a control character', 'jane\u0007@example.com'],
    ['with a domain of one label', 'jane@localhost'],
    ['with an empty label', 'jane@example..com'],
    ['with a dot at the end', 'jane@example.com.'],
    ['at a number', 'jane@192.0.2.1'],
    ['with a path', 'jane@example.com/about'],
    ['with its name', 'jane <jane@example.com>'],
    ['in brackets', '<jane@example.com>'],
    ['as a link', 'mailto:jane@example.com'],
    ['twice', 'jane@example.com,john@example.com'],
    ['after a comma', 'doe,jane@example.com'],
  ])('%s is none', (_sentence, plain) => {
    expect(splitEmail(plain)).toBeNull();
  });

  it.each<[string, string, string | null]>([
    ['its dots', 'jane.m.doe', 'janemdoe@example.com'],
    ['everything from the first plus sign', 'jane.doe+a+b.c', 'janedoe@example.com'],
    ['the dot between a letter and its accent', 'jose.\u0301', 'jos\u00e9@example.com'],
    ['nothing else', 'jane_doe-1', 'jane_doe-1@example.com'],
    ['itself where nothing would be left', '+news', null],
    ['itself where it is only dots', '..', null],
  ])('loses with its alias %s', (_sentence, mailbox, address) => {
    expect(withoutAlias({ mailbox, domain: 'example.com' })).toBe(address);
  });
});
