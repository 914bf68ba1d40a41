import { describe, expect, it } from '@jest/globals';
import { type AdsFailure, readPartialFailure, readRequestFailure } from './read-ads-failure.ts';

const at = (index: number | null, error_code: Record<string, string>, delay?: number): AdsFailure['errors'][number] => ({
  error_code,
  location: { field_path_elements: index === null ? [{ field_name: 'partial_failure' }] : [{ field_name: 'conversions', index }] },
  ...(delay === undefined ? {} : { details: { quota_error_details: { retry_delay: { seconds: delay } } } }),
});
const upload = (code: string) => ({ conversion_upload_error: code });
const kinds = (errors: AdsFailure['errors'], rows = 3) => {
  const answer = readPartialFailure({ errors }, rows, 'job 7');
  return answer.kind === 'answered'
    ? answer.outcomes.map((outcome) => (outcome.kind === 'delivered' ? 'delivered' : `${outcome.kind} ${outcome.code}`))
    : [];
};

describe('a partial failure', () => {
  it.each<[string, AdsFailure['errors'], string[]]>([
    ['index 0 counts', [at(0, upload('UNPARSEABLE_GCLID'))], ['rejected UNPARSEABLE_GCLID', 'delivered', 'delivered']],
    [
      'each error stays on its own row',
      [at(2, upload('EXPIRED_EVENT')), at(1, upload('TOO_RECENT_EVENT'))],
      ['delivered', 'later TOO_RECENT_EVENT', 'rejected EXPIRED_EVENT'],
    ],
    [
      'what Google has already is no failure',
      [at(1, upload('CLICK_CONVERSION_ALREADY_EXISTS'))],
      ['delivered', 'duplicate CLICK_CONVERSION_ALREADY_EXISTS', 'delivered'],
    ],
    [
      'of several errors of a row the most certain decides',
      [at(0, upload('TOO_RECENT_EVENT')), at(0, upload('EXPIRED_EVENT'))],
      ['rejected EXPIRED_EVENT', 'delivered', 'delivered'],
    ],
    ['a code that no table knows is held', [at(0, upload('A_CODE_OF_TOMORROW'))], ['held A_CODE_OF_TOMORROW', 'delivered', 'delivered']],
    [
      'an unset code beside the real one does not count',
      [at(0, { request_error: 'UNSPECIFIED', ...upload('UNPARSEABLE_GCLID') })],
      ['rejected UNPARSEABLE_GCLID', 'delivered', 'delivered'],
    ],
    [
      'an error without a row leaves no row sure',
      [at(null, { internal_error: 'INTERNAL_ERROR' })],
      ['held INTERNAL_ERROR', 'held INTERNAL_ERROR', 'held INTERNAL_ERROR'],
    ],
  ])('%s', (_sentence, errors, expected) => {
    expect(kinds(errors)).toEqual(expected);
  });
});

it('a quota that was used up is waited out for as long as Google says', () => {
  const answer = readRequestFailure({ errors: [at(null, { quota_error: 'RESOURCE_EXHAUSTED' }, 40_591)] });
  expect(answer).toMatchObject({ kind: 'refused', outcome: { kind: 'throttled', afterMs: 40_591_000 } });
});
