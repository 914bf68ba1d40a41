import { describe, expect, it } from '@jest/globals';
import { parseBody, readEvents } from './facebook-events.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const nowSeconds = now.getTime() / 1_000;
const daySeconds = 86_400;
const hash = 'a'.repeat(64);
const good = { event_name: 'Signup11', event_time: nowSeconds - 60, action_source: 'system_generated', user_data: { em: [hash] } };
const store = { ...good, action_source: 'physical_store' };

const taken: { sentence: string; event: object }[] = [
  { sentence: 'an event with a hashed e-mail', event: good },
  { sentence: 'an event seven days old', event: { ...good, event_time: nowSeconds - 7 * daySeconds } },
  { sentence: "a shop's event 62 days old", event: { ...store, event_time: nowSeconds - 62 * daySeconds } },
  { sentence: 'an event a minute ahead', event: { ...good, event_time: nowSeconds + 60 } },
  { sentence: 'a hash with the mark of the parameter builder', event: { ...good, user_data: { em: `${hash}.AQYBAQIA` } } },
  { sentence: 'a click id alone', event: { ...good, user_data: { fbc: 'fb.1.1795000000000.IwAR0_-' } } },
  { sentence: 'a marked click id', event: { ...good, user_data: { fbc: 'fb.1.1795000000000.IwAR0.AQ' } } },
  { sentence: 'a website event with its page', event: { ...good, action_source: 'website', event_source_url: 'https://example.com' } },
  { sentence: 'a lead id alone', event: { ...good, user_data: { lead_id: 12_345_678_901_234_567n } } },
  { sentence: 'limited data use that is said to be off', event: { ...good, data_processing_options: [] } },
  { sentence: 'a name of two parts', event: { ...good, user_data: { fn: [hash], ln: [hash] } } },
  { sentence: 'a purchase in euros', event: { ...good, event_name: 'Purchase', custom_data: { value: 0, currency: 'eur' } } },
  {
    sentence: 'limited data use in California',
    event: { ...good, data_processing_options: ['LDU'], data_processing_options_country: 1, data_processing_options_state: 1_000 },
  },
];

const refused: { sentence: string; event: unknown; subcode: number | null }[] = [
  { sentence: 'no object', event: 'event', subcode: null },
  { sentence: 'an event without a name', event: { ...good, event_name: undefined }, subcode: null },
  { sentence: 'a time in parts of a second', event: { ...good, event_time: nowSeconds - 0.5 }, subcode: null },
  { sentence: 'an unheard of source', event: { ...good, action_source: 'crm' }, subcode: null },
  { sentence: 'a value as text', event: { ...good, custom_data: { value: '12.34' } }, subcode: null },
  { sentence: 'a currency of four letters', event: { ...good, custom_data: { currency: 'EURO' } }, subcode: null },
  { sentence: 'an unheard of data processing option', event: { ...good, data_processing_options: ['NONE'] }, subcode: null },
  { sentence: 'an unheard of state', event: { ...good, data_processing_options_state: 1_014 }, subcode: null },
  { sentence: 'an event more than a minute ahead', event: { ...good, event_time: nowSeconds + 61 }, subcode: null },
  { sentence: 'a time in milliseconds', event: { ...good, event_time: now.getTime() }, subcode: null },
  { sentence: 'an event older than seven days', event: { ...good, event_time: nowSeconds - 7 * daySeconds - 1 }, subcode: 2_804_003 },
  { sentence: "a shop's event older than 62 days", event: { ...store, event_time: nowSeconds - 62 * daySeconds - 1 }, subcode: 2_804_003 },
  { sentence: 'a click id without its time', event: { ...good, user_data: { em: [hash], fbc: 'fb.1.IwAR0' } }, subcode: 2_804_001 },
  { sentence: 'a click time in seconds', event: { ...good, user_data: { em: [hash], fbc: 'fb.1.1795000000.IwAR0' } }, subcode: 2_804_001 },
  { sentence: 'an e-mail that is not hashed', event: { ...good, user_data: { em: ['jane@example.com'] } }, subcode: 2_804_050 },
  { sentence: 'a website event without its page', event: { ...good, action_source: 'website' }, subcode: null },
  { sentence: 'a lead id of too few digits', event: { ...good, user_data: { em: [hash], lead_id: 12_345n } }, subcode: 2_804_036 },
  { sentence: 'a lead id that is quoted', event: { ...good, user_data: { em: [hash], lead_id: '123456789012345' } }, subcode: null },
  { sentence: 'nobody', event: { ...good, user_data: {} }, subcode: 2_804_050 },
  { sentence: 'an empty list of e-mails', event: { ...good, user_data: { em: [] } }, subcode: 2_804_050 },
  {
    sentence: 'a place and a browser',
    event: { ...good, user_data: { ct: [hash], st: [hash], zp: [hash], country: [hash], client_user_agent: 'Mozilla' } },
    subcode: 2_804_050,
  },
  { sentence: 'a first name', event: { ...good, user_data: { fn: [hash] } }, subcode: 2_804_050 },
  { sentence: 'a purchase without a value', event: { ...good, event_name: 'Purchase' }, subcode: 2_804_009 },
  { sentence: 'a purchase without a currency', event: { ...good, event_name: 'Purchase', custom_data: { value: 1 } }, subcode: 2_804_010 },
];

describe("Meta's stand-in", () => {
  it.each(taken)('takes $sentence', ({ event }) => {
    expect(readEvents([event], now)).toMatchObject({ ok: true });
  });

  it.each(refused)('refuses $sentence', ({ event, subcode }) => {
    expect(readEvents([good, event, good], now)).toMatchObject({ ok: false, subcode });
  });

  it('reads a lead id in all its digits', () => {
    expect(parseBody('{"data":[{"user_data":{"lead_id":12345678901234567}}]}')).toEqual({
      data: [{ user_data: { lead_id: 12_345_678_901_234_567n } }],
    });
  });
});
