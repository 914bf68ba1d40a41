import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { parseFields, type RequestedField, readRow, toDuckDbType } from './types.ts';

export type TableReference = { projectId: string; datasetId: string; tableId: string };

export const quote = (identifier: string) => `"${identifier.replaceAll('"', '""')}"`;
/** The DuckDB schema of a dataset. Its dot keeps it apart from every schema that is not a dataset. */
export const quoteDataset = ({ projectId, datasetId }: Omit<TableReference, 'tableId'>) => quote(`${projectId}.${datasetId}`);
export const quoteTable = (table: TableReference) => `${quoteDataset(table)}.${quote(table.tableId)}`;

const literalOrComment = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//;
const unnestedParameter = /\bIN\s+UNNEST\s*\(\s*(?:@(?<list>\w+)|\?)\s*\)/;
const backticked = /`(?<path>[^`]+)`(?<view>\.INFORMATION_SCHEMA\.\w+)?/;
const token = new RegExp(
  [literalOrComment, unnestedParameter, /@(?<parameter>\w+)/, backticked].map(({ source }) => source).join('|'),
  'gi',
);

export type Rewritten = { sql: string; tables: TableReference[]; parameters: Set<string> };

/** Turns backticked paths into quoted identifiers and `@name` into `$name`; every other character stays as it is. */
export function rewrite(googleSql: string, projectId: string): Rewritten {
  const tables: TableReference[] = [];
  const parameters = new Set<string>();
  const sql = googleSql.replace(token, (text: string, ...rest: unknown[]) => {
    const { list, parameter, path, view = '' } = rest.at(-1) as Record<string, string | undefined>;
    const name = list ?? parameter;
    if (name) parameters.add(name);
    if (parameter) return `$${parameter}`;
    if (/^IN\s/i.test(text)) return list ? `IN $${list}` : 'IN ?';
    if (!path) return text;
    const table = toTableReference(path + view, projectId);
    if (!table) return quote(path);
    tables.push(table);
    return quoteTable(table);
  });
  return { sql: sql.trim().replace(/;$/, ''), tables, parameters };
}

/** `project.dataset.table`, or `dataset.table` of the job's own project; a path without a dot is no table path. */
function toTableReference(path: string, jobProjectId: string): TableReference | undefined {
  const [view = ''] = /\.INFORMATION_SCHEMA\.\w+$/i.exec(path) ?? [];
  const parts = path.slice(0, path.length - view.length).split('.');
  if (view) parts.push(view.slice(1).toUpperCase());
  if (parts.length < 2) return undefined;
  const [tableId = '', datasetId = '', ...project] = parts.reverse();
  return { projectId: project.reverse().join('.') || jobProjectId, datasetId, tableId };
}

type ParameterType = { type: string; arrayType?: ParameterType; structTypes?: { name: string; type: ParameterType }[] };
type ParameterValue = { value?: string | null; arrayValues?: ParameterValue[]; structValues?: Record<string, ParameterValue> };
export type QueryParameter = { name?: string; parameterType: ParameterType; parameterValue?: ParameterValue };

export type Bound = { values: DuckDBValue[] | Record<string, DuckDBValue>; types: DuckDBType[] | Record<string, DuckDBType> };

/** Types and values of a query's parameters; a named one that the query does not use is left out, as BigQuery ignores it. */
export function bindParameters(given: readonly QueryParameter[], used: ReadonlySet<string>): Bound | { problem: string } {
  const missing = [...used].find((name) => !given.some((parameter) => parameter.name === name));
  if (missing) return { problem: `Query parameter '${missing}' not found` };
  const positional = used.size === 0 && given.some(({ name }) => !name);
  const bound: { name: string; type: DuckDBType; value: DuckDBValue }[] = [];
  for (const parameter of positional ? given : given.filter(({ name }) => name && used.has(name))) {
    const name = parameter.name ?? '';
    const parsed = parseFields([toRequestedField('parameter', parameter.parameterType)]);
    if ('problem' in parsed) return parsed;
    const { values, errors } = readRow(parsed.fields, { parameter: toJson(parameter.parameterValue ?? {}) });
    if (errors[0]) return { problem: `Invalid value of query parameter '${name || bound.length + 1}': ${errors[0].message}` };
    bound.push({ name, type: toDuckDbType(parsed.fields[0]!), value: values[0]! });
  }
  if (positional) return { values: bound.map(({ value }) => value), types: bound.map(({ type }) => type) };
  return {
    values: Object.fromEntries(bound.map(({ name, value }) => [name, value])),
    types: Object.fromEntries(bound.map(({ name, type }) => [name, type])),
  };
}

function toRequestedField(name: string, { type, arrayType, structTypes }: ParameterType): RequestedField {
  if (type === 'ARRAY' && arrayType) return { ...toRequestedField(name, arrayType), mode: 'REPEATED' };
  return { name, type, fields: (structTypes ?? []).map((child) => toRequestedField(child.name, child.type)) };
}

function toJson({ value, arrayValues, structValues }: ParameterValue): unknown {
  if (arrayValues) return arrayValues.map(toJson);
  if (structValues) return Object.fromEntries(Object.entries(structValues).map(([name, child]) => [name, toJson(child)]));
  return value ?? null;
}
