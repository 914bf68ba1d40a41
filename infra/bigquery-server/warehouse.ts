import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBDataChunk, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { quote, quoteDataset, quoteTable, type TableReference } from './sql.ts';
import { type Field, toDuckDbType, toGoogleSqlType } from './types.ts';

export type DatasetReference = Omit<TableReference, 'tableId'>;
type Described = { createdAt: number; modifiedAt: number; metadata: Record<string, unknown> };
export type Dataset = DatasetReference & Described;
export type Table = TableReference & Described & { fields: Field[] };

const COLUMNS_VIEW = 'INFORMATION_SCHEMA.COLUMNS';
/** DuckDB's data chunks hold at most this many rows. */
const CHUNK_ROWS = 2048;

const setUp = `
  SET GLOBAL TimeZone = 'UTC';
  CREATE SCHEMA IF NOT EXISTS catalog;
  CREATE TABLE IF NOT EXISTS catalog.resource (
    project VARCHAR, dataset VARCHAR, name VARCHAR, created_at DOUBLE, modified_at DOUBLE, fields VARCHAR, metadata VARCHAR
  );
  CREATE TYPE IF NOT EXISTS FLOAT64 AS DOUBLE;
  ATTACH ':memory:' AS results;
  SET GLOBAL enable_external_access = false;
`;

export type Warehouse = Awaited<ReturnType<typeof openWarehouse>>;

/** Datasets and tables in one DuckDB database: a file in `folder`, or memory. Writes take turns; reads do not wait for them. */
export async function openWarehouse(folder?: string) {
  if (folder) mkdirSync(folder, { recursive: true });
  const spillFolder = folder ? join(folder, 'spill') : join(tmpdir(), `bigquery-server-${process.pid}`);
  const instance = await DuckDBInstance.create(folder ? join(folder, 'bigquery.duckdb') : ':memory:', { temp_directory: spillFolder });
  await withConnection((connection) => connection.run(setUp));
  let lastWrite: Promise<unknown> = Promise.resolve();

  async function withConnection<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await instance.connect();
    try {
      return await use(connection);
    } finally {
      connection.closeSync();
    }
  }

  /** One transaction; rolled back when `write` throws. DuckDB refuses concurrent updates of a row, so transactions take turns. */
  function transaction<T>(write: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const turn = lastWrite.then(() =>
      withConnection(async (connection) => {
        await connection.run('BEGIN');
        try {
          const result = await write(connection);
          await connection.run('COMMIT');
          return result;
        } catch (error) {
          await connection.run('ROLLBACK');
          throw error;
        }
      }),
    );
    lastWrite = turn.catch(() => undefined);
    return turn;
  }

  async function findResources(where: string, values: string[]): Promise<Table[]> {
    const sql = `SELECT * FROM catalog.resource WHERE ${where} ORDER BY project, dataset, name`;
    const reader = await withConnection((connection) => connection.runAndReadAll(sql, values));
    return reader.getRowObjects().map((row) => ({
      projectId: String(row.project),
      datasetId: String(row.dataset),
      tableId: String(row.name),
      createdAt: Number(row.created_at),
      modifiedAt: Number(row.modified_at),
      fields: JSON.parse(String(row.fields)) as Field[],
      metadata: JSON.parse(String(row.metadata)) as Record<string, unknown>,
    }));
  }

  const saveResource = (connection: DuckDBConnection, table: TableReference, fields: Field[], metadata: unknown) =>
    connection.run('INSERT INTO catalog.resource VALUES (?, ?, ?, ?, ?, ?, ?)', [
      table.projectId,
      table.datasetId,
      table.tableId,
      Date.now(),
      Date.now(),
      JSON.stringify(fields),
      JSON.stringify(metadata),
    ]);

  /** Every change moves the time, even two in one millisecond. */
  const touch = (connection: DuckDBConnection, table: TableReference) =>
    connection.run(
      'UPDATE catalog.resource SET modified_at = greatest(?, modified_at + 1) WHERE project = ? AND dataset = ? AND name = ?',
      [Date.now(), table.projectId, table.datasetId, table.tableId],
    );

  return {
    withConnection,

    findDataset: async ({ projectId, datasetId }: DatasetReference): Promise<Dataset | undefined> =>
      (await findResources("project = ? AND dataset = ? AND name = ''", [projectId, datasetId]))[0],
    findDatasets: (projectId: string): Promise<Dataset[]> => findResources("project = ? AND name = ''", [projectId]),
    findTable: async ({ projectId, datasetId, tableId }: TableReference): Promise<Table | undefined> =>
      (await findResources("project = ? AND dataset = ? AND name = ? AND name <> ''", [projectId, datasetId, tableId]))[0],
    findTables: ({ projectId, datasetId }: DatasetReference): Promise<Table[]> =>
      findResources("project = ? AND dataset = ? AND name <> '' AND fields <> '[]'", [projectId, datasetId]),

    createDataset: (dataset: DatasetReference, metadata: unknown) =>
      transaction(async (connection) => {
        await connection.run(`CREATE SCHEMA ${quoteDataset(dataset)}`);
        await connection.run(`CREATE VIEW ${quoteTable({ ...dataset, tableId: COLUMNS_VIEW })} AS ${selectColumns(dataset)}`);
        await saveResource(connection, { ...dataset, tableId: '' }, [], metadata);
        await saveResource(connection, { ...dataset, tableId: COLUMNS_VIEW }, [], {});
      }),
    dropDataset: (dataset: DatasetReference) =>
      transaction(async (connection) => {
        await connection.run(`DROP SCHEMA ${quoteDataset(dataset)} CASCADE`);
        await connection.run('DELETE FROM catalog.resource WHERE project = ? AND dataset = ?', [dataset.projectId, dataset.datasetId]);
      }),

    createTable: (table: TableReference, fields: Field[], metadata: unknown) =>
      transaction(async (connection) => {
        const columns = fields.map((field) => `${quote(field.name)} ${toDuckDbType(field)}${field.mode === 'REQUIRED' ? ' NOT NULL' : ''}`);
        await connection.run(`CREATE TABLE ${quoteTable(table)} (${columns.join(', ')})`);
        for (const field of fields) {
          await connection.run(`COMMENT ON COLUMN ${quoteTable(table)}.${quote(field.name)} IS '${toGoogleSqlType(field)}'`);
        }
        await saveResource(connection, table, fields, metadata);
      }),
    dropTable: (table: TableReference) =>
      transaction(async (connection) => {
        await connection.run(`DROP TABLE ${quoteTable(table)}`);
        await connection.run('DELETE FROM catalog.resource WHERE project = ? AND dataset = ? AND name = ?', [
          table.projectId,
          table.datasetId,
          table.tableId,
        ]);
      }),

    /** Appends all batches in one transaction, or nothing when reading one of them throws. Returns the number of rows. */
    append: (table: Table, batches: AsyncIterable<DuckDBValue[][]> | Iterable<DuckDBValue[][]>, { truncate = false } = {}) =>
      transaction(async (connection) => {
        let appended = 0;
        if (truncate) await connection.run(`DELETE FROM ${quoteTable(table)}`);
        const appender = await connection.createAppender(table.tableId, `${table.projectId}.${table.datasetId}`);
        const types = table.fields.map(toDuckDbType);
        for await (const rows of batches) {
          for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
            const chunk = DuckDBDataChunk.create(types);
            chunk.setRows(rows.slice(start, start + CHUNK_ROWS));
            appender.appendDataChunk(chunk);
          }
          appended += rows.length;
        }
        appender.closeSync();
        await touch(connection, table);
        return appended;
      }),

    /** Runs a statement that changes `target`. Returns the number of rows it changed. */
    change: (target: TableReference, run: (connection: DuckDBConnection) => Promise<number>) =>
      transaction(async (connection) => {
        const changed = await run(connection);
        await touch(connection, target);
        return changed;
      }),

    countRows: async (table: TableReference): Promise<string> =>
      String((await withConnection((connection) => connection.runAndReadAll(`SELECT count(*) FROM ${quoteTable(table)}`))).value(0, 0)),

    /** One bounded page, in the order in which the rows were written. */
    readPage: async (relation: string, columns: string[], offset: number, limit: number): Promise<DuckDBValue[][]> => {
      const sql = `SELECT ${columns.map(quote).join(', ')} FROM ${relation} LIMIT ${limit} OFFSET ${offset}`;
      return (await withConnection((connection) => connection.runAndReadAll(sql))).getRows();
    },

    close: async () => {
      await lastWrite;
      instance.closeSync();
    },
  };
}

const selectColumns = ({ projectId, datasetId }: DatasetReference) => `
  SELECT '${projectId}' AS table_catalog, '${datasetId}' AS table_schema, table_name, column_name, column_index AS ordinal_position,
         CASE WHEN is_nullable THEN 'YES' ELSE 'NO' END AS is_nullable, comment AS data_type
  FROM duckdb_columns() WHERE schema_name = '${projectId}.${datasetId}' AND table_name <> '${COLUMNS_VIEW}'`;
