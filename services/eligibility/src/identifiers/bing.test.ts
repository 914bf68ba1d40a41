import { describe, expect, it } from '@jest/globals';
import { hashIdentifier } from '@waybill/shared/conversion';
import { toPerson } from './index.ts';
import { nobody } from './nobody.ts';

describe("Microsoft's person", () => {
  it.each<[string, string, string | null]>([
    ['loses dots and alias at any domain', ' John.Doe+News@Outlook.com ', 'johndoe@outlook.com'],
    ["loses them at a company's domain", 'jane.doe+crm@example.co.uk', 'janedoe@example.co.uk'],
    ['keeps the dots of the domain', 'jane@mail.example.com', 'jane@mail.example.com'],
    ['keeps other signs', 'jane_doe-1@example.com', 'jane_doe-1@example.com'],
    ['is nobody by an alias alone', '+news@example.com', null],
    ['is nobody by what is no address', 'jane', null],
    ['is nobody by an address with a space', 'jane doe@example.com', null],
  ])('%s', (_sentence, email, normal) => {
    expect(toPerson.bing({ ...nobody, email })).toEqual({ email: normal === null ? [] : [hashIdentifier(normal)], phone: [] });
  });

  it('has a phone number in E.164', () => {
    expect(toPerson.bing({ ...nobody, phone: '(650) 555-1212', country: 'US' }).phone).toEqual([hashIdentifier('+16505551212')]);
  });

  it('has an e-mail and a phone number alone', () => {
    const person = {
      ...nobody,
      firstName: 'Jane',
      lastName: 'Doe',
      city: 'Palo Alto',
      state: 'CA',
      zip: '94303',
      country: 'US',
      externalId: '7',
    };
    expect(toPerson.bing(person)).toEqual({ email: [], phone: [] });
  });
});
