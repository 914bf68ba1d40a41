import { LIST, VARCHAR } from '@duckdb/node-api';
import { describe, expect, it } from '@jest/globals';
import { bindParameters, rewrite } from './sql.ts';

describe('A query', () => {
  it.each([
    ['names a table of a project with dashes', 'SELECT * FROM `ct-dbt.stg.scores`', 'SELECT * FROM "ct-dbt.stg"."scores"'],
    ['names a table of its own project', 'SELECT * FROM `stg.scores`', 'SELECT * FROM "own.stg"."scores"'],
    ['names a column in backticks', 'SELECT `order` FROM t', 'SELECT "order" FROM t'],
    ['asks for the columns of a dataset', 'FROM `a-b.stg`.INFORMATION_SCHEMA.COLUMNS', 'FROM "a-b.stg"."INFORMATION_SCHEMA.COLUMNS"'],
    ['asks for them in one path', 'FROM `a-b.stg.INFORMATION_SCHEMA.COLUMNS`', 'FROM "a-b.stg"."INFORMATION_SCHEMA.COLUMNS"'],
    ['has a parameter', 'WHERE a > @after', 'WHERE a > $after'],
    ['has a list', 'WHERE a IN UNNEST(@list) AND b NOT IN UNNEST( ? )', 'WHERE a IN $list AND b NOT IN ?'],
    ['has text that looks like a parameter', "SELECT 'it''s @me `a.b`', @x", "SELECT 'it''s @me `a.b`', $x"],
    ['has comments', '-- `a.b` @x\nSELECT /* @y */ 1', '-- `a.b` @x\nSELECT /* @y */ 1'],
    ['ends in a semicolon', 'SELECT 1;\n', 'SELECT 1'],
    ['tries to leave its quotes', 'SELECT * FROM `p.d.t"x`', 'SELECT * FROM "p.d"."t""x"'],
  ])('is rewritten when it %s', (_when, googleSql, sql) => {
    expect(rewrite(googleSql, 'own').sql).toBe(sql);
  });

  it('tells its tables and parameters', () => {
    expect(rewrite('SELECT @a FROM `p-1.d.t`, `e.u` WHERE x IN UNNEST(@b)', 'own')).toMatchObject({
      tables: [
        { projectId: 'p-1', datasetId: 'd', tableId: 't' },
        { projectId: 'own', datasetId: 'e', tableId: 'u' },
      ],
      parameters: new Set(['a', 'b']),
    });
  });
});

describe('Parameters', () => {
  const text = (name: string, value: string) => ({ name, parameterType: { type: 'STRING' }, parameterValue: { value } });

  it('that the query does not use are left out', () => {
    expect(bindParameters([text('a', 'x'), text('b', 'y')], new Set(['a']))).toEqual({ values: { a: 'x' }, types: { a: VARCHAR } });
  });

  it('without names keep their order', () => {
    const given = ['x', 'y'].map((value) => ({ parameterType: { type: 'STRING' }, parameterValue: { value } }));
    expect(bindParameters(given, new Set())).toEqual({ values: ['x', 'y'], types: [VARCHAR, VARCHAR] });
  });

  it('that are empty lists keep their type', () => {
    const given = { name: 'a', parameterType: { type: 'ARRAY', arrayType: { type: 'STRING' } }, parameterValue: { arrayValues: [] } };
    expect(bindParameters([given], new Set(['a']))).toMatchObject({ values: { a: { items: [] } }, types: { a: LIST(VARCHAR) } });
  });

  it.each([
    ['is missing', [], "Query parameter 'a' not found"],
    ['has no value of its type', [{ name: 'a', parameterType: { type: 'INT64' }, parameterValue: { value: 'x' } }], "parameter 'a'"],
    ['has a type that is not carried', [{ name: 'a', parameterType: { type: 'GEOGRAPHY' } }], 'GEOGRAPHY'],
  ])('are refused when one %s', (_when, given, problem) => {
    expect(bindParameters(given, new Set(['a']))).toEqual({ problem: expect.stringContaining(problem) });
  });
});
