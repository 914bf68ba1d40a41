import { describe, expect, it } from '@jest/globals';
import { hashIdentifier } from '@waybill/shared/conversion';
import { normaliseEmail } from './google.ts';
import { toPerson } from './index.ts';
import { nobody } from './nobody.ts';

const emailOf = (email: string) => toPerson.google({ ...nobody, email }).email;
const phoneOf = (phone: string, country: string | null = null) => toPerson.google({ ...nobody, phone, country }).phone;

// Inputs and hashes of https://github.com/googleads/data-manager-node/blob/main/util/test/formatter.test.ts
describe("Google's published examples", () => {
  it.each(['alexz@example.com', '  alexz@example.com', '  ALEXZ@example.com   ', '  alexz@EXAMPLE.com   '])('the address "%s"', (email) => {
    expect(emailOf(email)).toEqual(['509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a']);
  });

  it.each(['+18005550100', '   +1-800-555-0100', '1-800-555-0100   ', '1 800 555 0100', '18005550100', '+1 800-555-0100'])(
    'the phone number "%s"',
    (phone) => {
      expect(phoneOf(phone)).toEqual(['fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30']);
    },
  );

  it.each(['+441134960987', '441134960987', '+44-113-496-0987'])('the British phone number "%s"', (phone) => {
    expect(phoneOf(phone)).toEqual([hashIdentifier('+441134960987')]);
  });

  it('a national phone number, by the country', () => {
    expect(phoneOf('(800)555-0100', 'US')).toEqual(['fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30']);
  });

  it.each(['+abc-DEF', '++++'])('"%s" is no phone number', (phone) => {
    expect(phoneOf(phone, 'US')).toEqual([]);
  });

  it.each(['@example.com', 'quinn', 'quinn y@example.com'])('"%s" is no address', (email) => {
    expect(emailOf(email)).toEqual([]);
  });

  it.each([
    ['QuinnY@example.com', 'quinny@example.com'],
    ['QuinnY@EXAMPLE.com', 'quinny@example.com'],
    ['user.name+NYC@Example.com', 'user.name+nyc@example.com'],
    ['jefferson.Loves.hiking@gmail.com', 'jeffersonloveshiking@gmail.com'],
    ['j.e.f..ferson.Loves.hiking@gmail.com', 'jeffersonloveshiking@gmail.com'],
    ['jefferson.Loves.hiking@googlemail.com', 'jeffersonloveshiking@googlemail.com'],
    ['Cloudy.SanFrancisco+shopping@gmail.com', 'cloudysanfrancisco@gmail.com'],
    ['Cloudy.SanFrancisco+shopping@googlemail.com', 'cloudysanfrancisco@googlemail.com'],
  ])('%s is %s', (email, normal) => {
    expect(emailOf(email)).toEqual([hashIdentifier(normal)]);
  });
});

describe("Google's address", () => {
  it.each<[string, string, string | null]>([
    ['at a domain that only looks like its own stays', 'jane.doe+news@gmail.com.example', 'jane.doe+news@gmail.com.example'],
    ['at a subdomain of its own stays', 'jane.doe+news@mail.gmail.com', 'jane.doe+news@mail.gmail.com'],
    ['that is only an alias is none', '+news@gmail.com', null],
    ['that is only an alias elsewhere stays', '+news@example.com', '+news@example.com'],
  ])('%s', (_sentence, email, normal) => {
    expect(normaliseEmail(email)).toBe(normal);
  });

  it('is not postal, because a region and a postal code would have to be in the clear', () => {
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
    expect(toPerson.google(person)).toEqual({ email: [], phone: [] });
  });
});
