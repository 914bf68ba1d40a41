import {
  BIGINT,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  LIST,
  listValue,
  STRUCT,
  structValue,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api';

/** The names that BigQuery's REST answers use, whichever name the schema was created with. */
export type FieldType = 'STRING' | 'INTEGER' | 'FLOAT' | 'NUMERIC' | 'BOOLEAN' | 'TIMESTAMP' | 'DATE' | 'RECORD';
export type FieldMode = 'NULLABLE' | 'REQUIRED' | 'REPEATED';
export type Field = { name: string; type: FieldType; mode: FieldMode; description?: string; fields?: Field[] };
export type RequestedField = { name: string; type: string; mode?: string; description?: string; fields?: RequestedField[] };
export type FieldError = { location: string; message: string };
/** How a TIMESTAMP is written: `micros` since the epoch (`formatOptions.useInt64Timestamp`), or decimal `seconds`. */
export type TimestampFormat = 'micros' | 'seconds';

type ScalarType = Exclude<FieldType, 'RECORD'>;
type Scalar = { googleSql: string; duckdb: DuckDBType; parse: (value: string | number | boolean) => DuckDBValue | undefined };

/** 38 digits, nine of them fractional: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#decimal_types */
const NUMERIC_WIDTH = 38;
const NUMERIC_SCALE = 9;

const scalars: Record<ScalarType, Scalar> = {
  STRING: { googleSql: 'STRING', duckdb: VARCHAR, parse: String },
  INTEGER: { googleSql: 'INT64', duckdb: BIGINT, parse: parseInteger },
  FLOAT: { googleSql: 'FLOAT64', duckdb: DOUBLE, parse: parseFloat64 },
  NUMERIC: { googleSql: 'NUMERIC', duckdb: DECIMAL(NUMERIC_WIDTH, NUMERIC_SCALE), parse: parseNumeric },
  BOOLEAN: { googleSql: 'BOOL', duckdb: BOOLEAN, parse: parseBoolean },
  TIMESTAMP: { googleSql: 'TIMESTAMP', duckdb: TIMESTAMPTZ, parse: parseTimestamp },
  DATE: { googleSql: 'DATE', duckdb: DATE, parse: parseDate },
};

const typeNames = new Map<string, FieldType>([
  ...(Object.keys(scalars) as ScalarType[]).flatMap((type): [string, FieldType][] => [
    [type, type],
    [scalars[type].googleSql, type],
  ]),
  ['DECIMAL', 'NUMERIC'],
  ['RECORD', 'RECORD'],
  ['STRUCT', 'RECORD'],
]);

/** Reads the schema of a request into the names of BigQuery's answers. */
export function parseFields(requested: readonly RequestedField[]): { fields: Field[] } | { problem: string } {
  const fields: Field[] = [];
  for (const { name, type: typeName, mode = 'NULLABLE', description, fields: children } of requested) {
    const type = typeNames.get(typeName?.toUpperCase());
    if (!/^[A-Za-z_]\w{0,299}$/.test(name)) return { problem: `Invalid field name "${name}".` };
    if (!type) return { problem: `Invalid value for type: ${typeName} is not a type this server carries` };
    if (mode !== 'NULLABLE' && mode !== 'REQUIRED' && mode !== 'REPEATED') return { problem: `Invalid value for mode: ${mode}` };
    const field: Field = { name, type, mode, ...(description === undefined ? {} : { description }) };
    if (type === 'RECORD') {
      const nested = parseFields(children ?? []);
      if ('problem' in nested) return nested;
      if (nested.fields.length === 0) return { problem: `Field ${name} is type RECORD but has no schema` };
      field.fields = nested.fields;
    }
    fields.push(field);
  }
  return { fields };
}

/** The type as GoogleSQL writes it, as in INFORMATION_SCHEMA.COLUMNS. */
export function toGoogleSqlType({ type, mode, fields = [] }: Field): string {
  const single =
    type === 'RECORD' ? `STRUCT<${fields.map((field) => `${field.name} ${toGoogleSqlType(field)}`).join(', ')}>` : scalars[type].googleSql;
  return mode === 'REPEATED' ? `ARRAY<${single}>` : single;
}

export function toDuckDbType({ type, mode, fields = [] }: Field): DuckDBType {
  const single =
    type === 'RECORD' ? STRUCT(Object.fromEntries(fields.map((field) => [field.name, toDuckDbType(field)]))) : scalars[type].duckdb;
  return mode === 'REPEATED' ? LIST(single) : single;
}

/** The field of a query's result column. A decimal narrower than NUMERIC is DuckDB's reading of a literal such as 0.5, a FLOAT64 in GoogleSQL. */
export function toField(name: string, duckdb: DuckDBType): Field {
  if (duckdb instanceof DuckDBListType) return { ...toField(name, duckdb.valueType), mode: 'REPEATED' };
  if (duckdb instanceof DuckDBStructType) {
    const fields = duckdb.entryNames.map((entryName, index) => toField(entryName, duckdb.entryTypes[index]!));
    return { name, type: 'RECORD', mode: 'NULLABLE', fields };
  }
  return { name, type: toScalarType(duckdb), mode: 'NULLABLE' };
}

function toScalarType(duckdb: DuckDBType): ScalarType {
  switch (duckdb.typeId) {
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
      return 'INTEGER';
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return 'FLOAT';
    case DuckDBTypeId.DECIMAL:
      return 'width' in duckdb && duckdb.width === NUMERIC_WIDTH ? 'NUMERIC' : 'FLOAT';
    case DuckDBTypeId.BOOLEAN:
      return 'BOOLEAN';
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return 'TIMESTAMP';
    case DuckDBTypeId.DATE:
      return 'DATE';
    default:
      return 'STRING';
  }
}

/** Reads one JSON row, in the order of the fields; every field that does not fit is an error with BigQuery's words. */
export function readRow(
  fields: readonly Field[],
  row: unknown,
  { ignoreUnknown = false } = {},
): { values: DuckDBValue[]; errors: FieldError[] } {
  const errors: FieldError[] = [];
  const values = readRecord(fields, row, '', { ignoreUnknown, errors });
  return { values, errors };
}

type Reading = { ignoreUnknown: boolean; errors: FieldError[] };

function readRecord(fields: readonly Field[], json: unknown, path: string, reading: Reading): DuckDBValue[] {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    reading.errors.push({ location: path, message: path ? `This field: ${path} is not a record.` : 'The row is not a JSON object.' });
    return [];
  }
  const inside = path && `${path}.`;
  const unknown = reading.ignoreUnknown ? [] : Object.keys(json).filter((key) => !fields.some(({ name }) => name === key));
  for (const key of unknown) reading.errors.push({ location: inside + key, message: `no such field: ${inside}${key}.` });
  return fields.map((field) => readField(field, (json as Record<string, unknown>)[field.name] ?? null, inside + field.name, reading));
}

function readField(field: Field, json: unknown, path: string, reading: Reading): DuckDBValue {
  const fail = (message: string) => {
    reading.errors.push({ location: path, message });
    return null;
  };
  if (field.mode === 'REPEATED') {
    if (json !== null && !Array.isArray(json)) return fail(`Repeated field must be imported as a JSON array. Field: ${path}.`);
    return listValue((json ?? []).map((item: unknown) => readField({ ...field, mode: 'REQUIRED' }, item, path, reading)));
  }
  if (json === null) return field.mode === 'REQUIRED' ? fail(`Missing required field: ${path}.`) : null;
  if (field.type === 'RECORD') {
    const children = field.fields ?? [];
    const values = readRecord(children, json, path, reading);
    return structValue(Object.fromEntries(children.map(({ name }, index) => [name, values[index] ?? null])));
  }
  if (Array.isArray(json)) return fail(`Array specified for non-repeated field: ${path}.`);
  if (typeof json === 'object') return fail(`This field: ${path} is not a record.`);
  const { parse, googleSql } = scalars[field.type];
  return parse(json as string | number | boolean) ?? fail(`Cannot convert value to ${googleSql} (bad value): ${String(json)}`);
}

function parseInteger(value: string | number | boolean): bigint | undefined {
  if (!/^[+-]?\d+$/.test(String(value).trim())) return undefined;
  const integer = BigInt(value);
  return BigInt.asIntN(64, integer) === integer ? integer : undefined;
}

function parseFloat64(value: string | number | boolean): number | undefined {
  if (typeof value === 'number') return value;
  const text = String(value).trim();
  const float = Number(text.replace(/^([+-]?)inf(inity)?$/i, '$1Infinity'));
  return text === '' || (Number.isNaN(float) && text.toLowerCase() !== 'nan') ? undefined : float;
}

function parseNumeric(value: string | number | boolean): DuckDBDecimalValue | undefined {
  const match = /^([+-]?)(\d{0,29})(?:\.(\d{0,9})0*)?$/.exec(String(value).trim());
  if (!match || !/\d/.test(String(value))) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  const scaled = BigInt(whole + fraction.padEnd(NUMERIC_SCALE, '0'));
  return new DuckDBDecimalValue(sign === '-' ? -scaled : scaled, NUMERIC_WIDTH, NUMERIC_SCALE);
}

function parseBoolean(value: string | number | boolean): boolean | undefined {
  const text = String(value).toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

const MS_PER_DAY = 86_400_000;

function parseDate(value: string | number | boolean): DuckDBDateValue | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(String(value)) ?? [];
  const epochMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
  return new Date(epochMs).getUTCDate() === Number(day) ? new DuckDBDateValue(epochMs / MS_PER_DAY) : undefined;
}

const TIMESTAMP_TEXT =
  /^(\d{4}-\d{1,2}-\d{1,2})(?:[T ]([01]?\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,6})0*)?)?\s*(?:Z|UTC|([+-])(\d{1,2})(?::?(\d{2}))?)?$/i;

function parseTimestamp(value: string | number | boolean): DuckDBTimestampTZValue | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? new DuckDBTimestampTZValue(BigInt(Math.round(value * 1e6))) : undefined;
  const match = TIMESTAMP_TEXT.exec(String(value));
  const date = match && parseDate(match[1]!);
  if (!date) return undefined;
  const [, , hours = 0, minutes = 0, seconds = 0, fraction = '', sign = '+', offsetHours = 0, offsetMinutes = 0] = match;
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -1 : 1);
  const wholeSeconds = date.days * 86_400 + Number(hours) * 3600 + (Number(minutes) - offset) * 60 + Number(seconds);
  return new DuckDBTimestampTZValue(BigInt(wholeSeconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0')));
}

export type Cell = { v: string | null | Cell[] | { f: Cell[] } };

/** One value in the `f`/`v` form of BigQuery's rows, where every scalar is text. */
export function toCell(field: Field, value: DuckDBValue, timestamps: TimestampFormat): Cell {
  if (field.mode === 'REPEATED') {
    const items = value instanceof DuckDBListValue ? value.items : [];
    return { v: items.map((item) => toCell({ ...field, mode: 'NULLABLE' }, item, timestamps)) };
  }
  if (value instanceof DuckDBStructValue) {
    return { v: { f: (field.fields ?? []).map((child) => toCell(child, value.entries[child.name] ?? null, timestamps)) } };
  }
  return { v: value === null ? null : toText(field.type, value, timestamps) };
}

function toText(type: FieldType, value: DuckDBValue, timestamps: TimestampFormat): string {
  if (value instanceof DuckDBDecimalValue) {
    return type === 'FLOAT'
      ? String(value.toDouble())
      : value
          .toString()
          .replace(/(\.\d*?)0+$/, '$1')
          .replace(/\.$/, '');
  }
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue) {
    if (timestamps === 'micros') return String(value.micros);
    const digits = String(value.micros < 0n ? -value.micros : value.micros).padStart(7, '0');
    return `${value.micros < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
  }
  return String(value);
}
