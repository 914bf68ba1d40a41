import { describe, expect, it } from '@jest/globals';
import { errorsOfAdjustment, errorsOfRow, requestSchema, toAccepted } from './bing-rows.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const clickId = 'f894f652ea334e739002f7167ab8f8e3';
const hash = 'a'.repeat(64);
const row = {
  MicrosoftClickId: clickId,
  ConversionName: 'Paid',
  ConversionTime: '2026-11-19T10:00:00.000Z',
  ConversionValue: 12.34,
  ConversionCurrencyCode: 'USD',
};
const goals = [
  { name: 'Paid', isEnhancedConversionsEnabled: true },
  { name: 'Short', conversionWindowInMinutes: 60, isEnhancedConversionsEnabled: false },
  { name: 'Young', createdAt: new Date('2026-11-20T10:00:00.001Z') },
];
const clickedAt = (id: string) => (id === clickId ? new Date('2026-11-19T08:00:00.000Z') : null);
const rules = { now, goals, clickedAt };

describe("Microsoft's stand-in", () => {
  it.each([
    ['a whole row', {}],
    ['no value', { ConversionValue: null, ConversionCurrencyCode: undefined }],
    ['a hash without a click', { MicrosoftClickId: null, HashedPhoneNumber: hash }],
    ['a click it does not know, though the time is odd', { MicrosoftClickId: 'b'.repeat(32), ConversionTime: '2026-11-19T07:00:00Z' }],
  ])('takes %s', (_, change) => {
    expect(errorsOfRow({ ...row, ...change }, rules)).toEqual([]);
  });

  it.each([
    ['nothing to match by', { MicrosoftClickId: null }, [5603]],
    ['a click id with the prefix of the cookie', { MicrosoftClickId: `_uet${clickId}` }, [5604]],
    ['a click id of 29 characters', { MicrosoftClickId: clickId.slice(3) }, [5604]],
    ['no name', { ConversionName: '' }, [5605]],
    ['an unknown name', { ConversionName: 'paid' }, [5606]],
    ['a time without a zone', { ConversionTime: '2026-11-19T10:00:00' }, [5607]],
    ['no time', { ConversionTime: null }, [5608]],
    ['an old time', { ConversionTime: '2026-08-22T11:59:59.999Z' }, [5609]],
    ['a negative value', { ConversionValue: -1 }, [5610]],
    ['an odd currency', { ConversionCurrencyCode: 'dollar' }, [5611]],
    ['a future time', { ConversionTime: '2026-11-20T12:00:00.001Z' }, [5614]],
    ['a young goal', { ConversionName: 'Young' }, [5615]],
    ['the time of the click', { ConversionTime: '2026-11-19T08:00:00Z' }, [5616]],
    ['a time after the window', { ConversionName: 'Short' }, [5617]],
    ['an unhashed e-mail', { HashedEmailAddress: 'jane@example.com' }, ['ConversionEmailAddressIsNotHashed']],
    ['an unhashed phone', { HashedPhoneNumber: '+123' }, ['ConversionPhoneNumberIsNotHashed']],
    [
      'a hash for a plain goal',
      { ConversionName: 'Short', ConversionTime: '2026-11-19T08:30:00Z', HashedEmailAddress: hash },
      ['NotEligibleForEnhancedConversions'],
    ],
    ['several things at once', { MicrosoftClickId: 'x', ConversionName: 'x', ConversionValue: -1 }, [5604, 5606, 5610]],
  ])('refuses a row with %s', (_, change, expected) => {
    expect(errorsOfRow({ ...row, ...change }, rules).map(([code, name]) => code ?? name)).toEqual(expected);
  });

  it('refuses an empty row', () => {
    expect(errorsOfRow(null, rules)).toEqual([[5602, 'OfflineConversionIsNull']]);
  });

  it.each([
    ['time', { ConversionTime: '2026-13-45T10:00:00Z' }],
    ['value', { ConversionValue: '12.34' }],
    ['click id', { MicrosoftClickId: 7 }],
  ])('cannot read the whole request for the %s of one row', (_, change) => {
    expect(requestSchema.safeParse({ OfflineConversions: [row, { ...row, ...change }] }).success).toBe(false);
  });

  it.each([
    ['the same', { ConversionTime: '2026-11-19T11:00:00.000+01:00' }, 'time in another zone'],
    ['the same', { ConversionValue: 99, ConversionCurrencyCode: 'EUR' }, 'value'],
    ['another', { ConversionTime: '2026-11-19T10:00:00.001Z' }, 'time'],
    ['another', { HashedEmailAddress: hash }, 'hash'],
    ['another', { ConversionName: 'Short' }, 'name'],
  ])('sees %s conversion: %j (%s)', (expected, change, _) => {
    const isSame = toAccepted('1', { ...row, ...change }).key === toAccepted('1', row).key;
    expect(isSame ? 'the same' : 'another').toBe(expected);
  });

  const adjustment = {
    ...{ ...row, ConversionValue: null, AdjustmentType: 'Restate', AdjustmentTime: '2026-11-20T11:00:00Z' },
    ...{ AdjustmentValue: 77.5, AdjustmentCurrencyCode: 'USD' },
  };
  it.each<[string, object, number[]]>([
    ['takes a restatement', {}, []],
    ['takes a retraction', { AdjustmentType: 'Retract', AdjustmentValue: null, AdjustmentCurrencyCode: null }, []],
    ['refuses another type', { AdjustmentType: 'Revoke' }, [5618]],
    ['refuses no time', { AdjustmentTime: null }, [5619]],
    ['refuses a time before the conversion', { AdjustmentTime: '2026-11-19T09:59:59Z' }, [5620]],
    ['refuses a time without a zone', { AdjustmentTime: '2026-11-20T11:00:00' }, [5621]],
    ['refuses a future time', { AdjustmentTime: '2026-11-20T12:00:01Z' }, [5622]],
    ['refuses a retraction with a value', { AdjustmentType: 'Retract' }, [5624]],
    ['refuses a restatement without a value', { AdjustmentValue: null }, [5625]],
    ['refuses a value without a currency', { AdjustmentCurrencyCode: null }, [5626]],
    ['refuses a restatement of nobody', { MicrosoftClickId: null }, [5603]],
    ['refuses a restatement without a goal', { ConversionName: null }, [5605]],
    ['refuses a restatement without the time of the conversion', { ConversionTime: null }, [5608]],
  ])('%s', (_, change, expected) => {
    expect(errorsOfAdjustment({ ...adjustment, ...change }, now).map(([code]) => code)).toEqual(expected);
  });
});
