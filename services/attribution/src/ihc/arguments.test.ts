import { describe, expect, it } from '@jest/globals';
import { readIhcArguments } from './arguments.ts';

const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');
const range = '--from 2026-11-01 --to 2026-11-07';
const common = { range: { from: '2026-11-01', to: '2026-11-07' }, database: null, conversionType: null, currency: 'USD', parameters: null };
const run = { ...common, action: 'run', write: false, out: null, redistribution: null, limits: { journeys: 100, sessions: 200 } };

describe('the arguments of ihc', () => {
  it.each([
    [range, run],
    ['--from 2026-11-01 --to 2026-11-01', { ...run, range: { from: '2026-11-01', to: '2026-11-01' } }],
    [`${range} --database a.db --write --out a.csv`, { ...run, database: 'a.db', write: true, out: 'a.csv' }],
    [`${range} --conv-type paid --currency eur`, { ...run, conversionType: 'paid', currency: 'EUR' }],
    [`${range} --batch-journeys 10 --batch-sessions 3000`, { ...run, limits: { journeys: 10, sessions: 3_000 } }],
    [`${range} --parameters p.json --redistribution r.json`, { ...run, parameters: 'p.json', redistribution: 'r.json' }],
    [`train ${range} --out p.json`, { ...common, action: 'train', out: 'p.json' }],
    ['--help', null],
  ])('are read: %s', (line, expected) => {
    expect(readIhcArguments(words(line))).toEqual(expected);
  });

  it.each([
    ['', '--from is missing'],
    ['--from 2026-11-01', '--to is missing'],
    ['--from 2026-11-31 --to 2026-12-01', '--from 2026-11-31: give a day'],
    ['--from 2026-11-02 --to 2026-11-01', '--from must not be after --to'],
    [`${range} --batch-journeys 101`, '--batch-journeys 101: give a whole number from 1 to 100'],
    [`${range} --batch-sessions 0`, '--batch-sessions 0'],
    [`${range} --currency dollars`, '--currency dollars'],
    [`${range} --write`, '--write goes with --database'],
    [`train ${range}`, 'train needs --out'],
    [`train ${range} --out p.json --database a.db --write`, '--write does not go with train'],
    [`train ${range} --out p.json --batch-sessions 9`, '--batch-sessions does not go with train'],
    [`teach ${range}`, 'teach: give nothing, or train'],
    [`${range} --bogus`, '--bogus'],
  ])('are refused with the reason: "%s"', (line, message) => {
    expect(() => readIhcArguments(words(line))).toThrow(message);
  });
});
