import { describe, expect, it } from '@jest/globals';
import { fullSize, readOptions } from './options.ts';

describe('the options of the bench', () => {
  it('are the full size by default', () => {
    expect(readOptions([])).toEqual({ world: { ...fullSize, seed: 1 }, jsonFile: null, keep: false });
  });

  it('make one visit in 25 a paid click of a smaller world, unless told otherwise', () => {
    expect(readOptions(['--companies', '10', '--contacts', '30', '--visits', '500'])?.world).toMatchObject({ visits: 500, paidClicks: 20 });
    expect(readOptions(['--visits', '500', '--paid-clicks', '7', '--keep'])).toMatchObject({ world: { paidClicks: 7 }, keep: true });
    expect(readOptions(['--help'])).toBeNull();
  });

  it.each([
    [['--companies', 'many'], '--companies many: give a whole number'],
    [['--contacts', '0'], '--contacts 0: give a whole number from 1'],
    [['--visits', '10', '--paid-clicks', '11'], '--paid-clicks 11: give a whole number from 0 to 10'],
    [['--json', '/there/is/no/such/folder/x.json'], 'is no folder that can be written to'],
    [['--unknown'], "Unknown option '--unknown'"],
  ])('%j are refused with what to give instead', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
