import { DuckDBDecimalValue, DuckDBTimestampTZValue, type DuckDBValue } from '@duckdb/node-api';
import { describe, expect, it } from '@jest/globals';
import { type Field, parseFields, readRow, type TimestampFormat, toCell, toDuckDbType, toField, toGoogleSqlType } from './types.ts';

function fieldOf(type: string, more: object = {}): Field {
  const parsed = parseFields([{ name: 'x', type, ...more }]);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.fields[0]!;
}
const address = fieldOf('STRUCT', { mode: 'REPEATED', fields: [{ name: 'zip', type: 'INT64' }] });

describe('A field', () => {
  it.each([
    { sentence: 'takes the names of GoogleSQL', field: fieldOf('int64'), type: 'INTEGER', googleSql: 'INT64', duckdb: 'BIGINT' },
    { sentence: 'takes the names of the REST API', field: fieldOf('BOOLEAN'), type: 'BOOLEAN', googleSql: 'BOOL', duckdb: 'BOOLEAN' },
    {
      sentence: 'keeps nine decimals of NUMERIC',
      field: fieldOf('NUMERIC'),
      type: 'NUMERIC',
      googleSql: 'NUMERIC',
      duckdb: 'DECIMAL(38,9)',
    },
    { sentence: 'nests', field: address, type: 'RECORD', googleSql: 'ARRAY<STRUCT<zip INT64>>', duckdb: 'STRUCT("zip" BIGINT)[]' },
  ])('$sentence', ({ field, type, googleSql, duckdb }) => {
    expect([field.type, toGoogleSqlType(field), String(toDuckDbType(field))]).toEqual([type, googleSql, duckdb]);
  });

  it.each(['STRING', 'INT64', 'FLOAT64', 'NUMERIC', 'BOOL', 'TIMESTAMP', 'DATE'])(
    'of type %s comes back from DuckDB as it went',
    (type) => {
      for (const field of [fieldOf(type), fieldOf(type, { mode: 'REPEATED' })]) expect(toField('x', toDuckDbType(field))).toEqual(field);
    },
  );

  it('of a nested type comes back from DuckDB as it went', () => {
    expect(toField('x', toDuckDbType(address))).toEqual(address);
  });

  it.each([
    { sentence: 'with an unknown type', requested: { name: 'x', type: 'GEOGRAPHY' }, problem: /GEOGRAPHY/ },
    { sentence: 'with an unknown mode', requested: { name: 'x', type: 'STRING', mode: 'MANY' }, problem: /MANY/ },
    { sentence: 'with a name of other characters', requested: { name: 'x"y', type: 'STRING' }, problem: /field name/ },
    { sentence: 'that is a record of nothing', requested: { name: 'x', type: 'RECORD' }, problem: /no schema/ },
  ])('$sentence is refused', ({ requested, problem }) => {
    expect(parseFields([requested])).toEqual({ problem: expect.stringMatching(problem) });
  });
});

describe('A value', () => {
  const readAndWrite = (field: Field, json: unknown, timestamps: TimestampFormat) => {
    const { values, errors } = readRow([field], { x: json });
    expect(errors).toEqual([]);
    return toCell(field, values[0]!, timestamps).v;
  };

  it.each([
    { sentence: 'integer beyond the doubles', field: fieldOf('INT64'), json: '9007199254740993', text: '9007199254740993' },
    { sentence: 'float', field: fieldOf('FLOAT64'), json: 0.1, text: '0.1' },
    { sentence: 'infinity', field: fieldOf('FLOAT64'), json: '-inf', text: '-Infinity' },
    { sentence: 'numeric without trailing zeros', field: fieldOf('NUMERIC'), json: '12.3400', text: '12.34' },
    { sentence: 'whole numeric', field: fieldOf('NUMERIC'), json: '100', text: '100' },
    { sentence: 'small negative numeric', field: fieldOf('NUMERIC'), json: '-0.000000001', text: '-0.000000001' },
    { sentence: 'boolean', field: fieldOf('BOOL'), json: true, text: 'true' },
    { sentence: 'date', field: fieldOf('DATE'), json: '2024-02-29', text: '2024-02-29' },
    {
      sentence: 'timestamp to the microsecond',
      field: fieldOf('TIMESTAMP'),
      json: '2026-01-01T00:00:00.123456000Z',
      text: '1767225600123456',
    },
    { sentence: 'timestamp with an offset', field: fieldOf('TIMESTAMP'), json: '2026-01-01 02:30:00+02:30', text: '1767225600000000' },
    { sentence: 'timestamp before the epoch', field: fieldOf('TIMESTAMP'), json: '1969-12-31 23:59:59.5 UTC', text: '-500000' },
    { sentence: 'null', field: fieldOf('STRING'), json: null, text: null },
    { sentence: 'list', field: fieldOf('INT64', { mode: 'REPEATED' }), json: [1, 2], text: [{ v: '1' }, { v: '2' }] },
    { sentence: 'missing list as an empty one', field: fieldOf('INT64', { mode: 'REPEATED' }), json: null, text: [] },
    {
      sentence: 'list of records',
      field: address,
      json: [{ zip: 1 }, {}],
      text: [{ v: { f: [{ v: '1' }] } }, { v: { f: [{ v: null }] } }],
    },
  ])('is written as it was read: $sentence', ({ field, json, text }) => {
    expect(readAndWrite(field, json, 'micros')).toEqual(text);
  });

  it.each<[DuckDBValue, string]>([
    [new DuckDBTimestampTZValue(1767225600123456n), '1767225600.123456'],
    [new DuckDBTimestampTZValue(-500000n), '-0.500000'],
  ])('that is a timestamp of %s is written in seconds as %s', (value, text) => {
    expect(toCell(fieldOf('TIMESTAMP'), value, 'seconds')).toEqual({ v: text });
  });

  it('that is a decimal literal of DuckDB is the float of GoogleSQL', () => {
    const literal = new DuckDBDecimalValue(150n, 4, 2);
    expect(toCell(fieldOf('FLOAT64'), literal, 'micros')).toEqual({ v: '1.5' });
  });

  it.each([
    {
      sentence: 'text for a number',
      field: fieldOf('INT64'),
      json: 'many',
      location: 'x',
      message: 'Cannot convert value to INT64 (bad value): many',
    },
    { sentence: 'a fraction for an integer', field: fieldOf('INT64'), json: 1.5, location: 'x', message: expect.stringContaining('INT64') },
    {
      sentence: 'an integer beyond 64 bits',
      field: fieldOf('INT64'),
      json: '9223372036854775808',
      location: 'x',
      message: expect.any(String),
    },
    { sentence: 'ten decimals of a numeric', field: fieldOf('NUMERIC'), json: '0.0000000001', location: 'x', message: expect.any(String) },
    { sentence: 'a lone sign for a numeric', field: fieldOf('NUMERIC'), json: '-', location: 'x', message: expect.any(String) },
    {
      sentence: 'a day that is not in the calendar',
      field: fieldOf('DATE'),
      json: '2026-02-30',
      location: 'x',
      message: expect.any(String),
    },
    {
      sentence: 'an hour that is not on the clock',
      field: fieldOf('TIMESTAMP'),
      json: '2026-01-01T25:00:00Z',
      location: 'x',
      message: expect.any(String),
    },
    {
      sentence: 'nanoseconds',
      field: fieldOf('TIMESTAMP'),
      json: '2026-01-01T00:00:00.123456789Z',
      location: 'x',
      message: expect.any(String),
    },
    {
      sentence: 'a list for one value',
      field: fieldOf('STRING'),
      json: ['a'],
      location: 'x',
      message: 'Array specified for non-repeated field: x.',
    },
    {
      sentence: 'one value for a list',
      field: fieldOf('STRING', { mode: 'REPEATED' }),
      json: 'a',
      location: 'x',
      message: expect.stringContaining('JSON array'),
    },
    {
      sentence: 'nothing for a required field',
      field: fieldOf('STRING', { mode: 'REQUIRED' }),
      json: null,
      location: 'x',
      message: 'Missing required field: x.',
    },
    { sentence: 'text for a record', field: address, json: ['a'], location: 'x', message: 'This field: x is not a record.' },
    {
      sentence: 'an unknown field inside a record',
      field: address,
      json: [{ city: 'Rome' }],
      location: 'x.city',
      message: 'no such field: x.city.',
    },
  ])('does not fit: $sentence', ({ field, json, location, message }) => {
    expect(readRow([field], { x: json }).errors).toEqual([{ location, message }]);
  });

  it('of an unknown field is left out when the request says so', () => {
    expect(readRow([fieldOf('STRING')], { x: 'a', y: 'b' }, { ignoreUnknown: true })).toEqual({ values: ['a'], errors: [] });
  });
});
