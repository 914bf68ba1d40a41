import { describe, expect, it } from '@jest/globals';
import { readOptions } from './options.ts';

describe('the options of npm start', () => {
  it('are an invented company by default', () => {
    expect(readOptions([])).toMatchObject({
      input: { kind: 'generated', seed: 1, companies: 1_000 },
      once: false,
      transport: 'data-manager',
    });
  });

  it('take journeys, or nothing, instead', () => {
    expect(readOptions(['--journeys', 'x.db', '--once'])).toMatchObject({ input: { kind: 'journeys', file: 'x.db' }, once: true });
    expect(readOptions(['--no-input'])).toMatchObject({ input: { kind: 'none' } });
    expect(readOptions(['--help'])).toBeNull();
  });

  it.each([
    [['--companies', 'many'], '--companies many: give a whole number'],
    [['--clock', 'noon'], '--clock noon: give an instant'],
    [['--transport', 'soap'], '--transport soap: give data-manager or google-ads'],
    [['--journeys', 'x.db', '--no-input'], 'exclude each other'],
    [['--unknown'], "Unknown option '--unknown'"],
  ])('%j is refused with what to give instead', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
