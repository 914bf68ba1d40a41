import { expect, it } from '@jest/globals';
import { protos } from 'google-ads-node';
import { toAdsFailure } from '../src/ads-error-codes.ts';

const { ConversionAdjustmentUploadErrorEnum, ConversionUploadErrorEnum } = protos.google.ads.googleads.v25.errors;
const unset = new Set(['UNSPECIFIED', 'UNKNOWN']);
const namesOf = (codes: object) => Object.keys(codes).filter((name) => Number.isNaN(Number(name)) && !unset.has(name));

it.each([
  ...namesOf(ConversionUploadErrorEnum.ConversionUploadError),
  ...namesOf(ConversionAdjustmentUploadErrorEnum.ConversionAdjustmentUploadError),
])('the table of codes knows %s, as Google publishes it', (name) => {
  expect(toAdsFailure(name).kind).not.toBe('held');
});
