import { protos as dataManager } from '@google-ads/datamanager';
import { expect, it } from '@jest/globals';
import { findFailure } from './error-codes.ts';
import { findSentence } from './status-reasons.ts';

const { ErrorReason, ProcessingErrorReason } = dataManager.google.ads.datamanager.v1;
const namesOf = (codes: object) => Object.keys(codes).filter((name) => Number.isNaN(Number(name)));

it.each(namesOf(ErrorReason).filter((name) => name !== 'ERROR_REASON_UNSPECIFIED'))(
  'the table of codes knows %s, as Google publishes it',
  (name) => {
    expect(findFailure(name)?.reason).toMatch(/\w+ \w+/);
  },
);

it.each(namesOf(ProcessingErrorReason))('the table of reasons knows %s, as Google publishes it', (name) => {
  expect(findSentence(name)).toMatch(/\w+ \w+/);
});
