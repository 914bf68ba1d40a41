import { randomUUID } from 'node:crypto';
import { type DuckDBConnection, StatementType } from '@duckdb/node-api';
import { type Answer, ok, type Refusal, refuse } from './answers.ts';
import { bindParameters, type QueryParameter, quote, quoteDataset, rewrite, type TableReference } from './sql.ts';
import { type Field, type TimestampFormat, toCell, toField } from './types.ts';
import type { DatasetReference, Warehouse } from './warehouse.ts';

export type QueryRequest = {
  query: string;
  queryParameters?: QueryParameter[];
  defaultDataset?: Partial<DatasetReference>;
  useLegacySql?: boolean;
  destinationTable?: unknown;
};
export type PageRequest = { maxResults?: number | undefined; offset?: number; timestamps: TimestampFormat };
type Finished = { statementType: string; fields: Field[]; totalRows: number; changedRows?: number };
type Job = { projectId: string; jobId: string; kind: 'query' | 'load'; createdAt: number; result: Finished | Refusal };

/** A page holds at most this many rows, so that no answer grows with a table; BigQuery's own bound is 10 MB. */
export const MAX_PAGE_ROWS = 10_000;
/** Results are kept for paging until newer ones push them out. */
const KEPT_ROWS = 500_000;
const KEPT_JOBS = 1_000;

const changes = new Map<StatementType, string>([
  [StatementType.INSERT, 'INSERT'],
  [StatementType.UPDATE, 'UPDATE'],
  [StatementType.DELETE, 'DELETE'],
  [StatementType.MERGE_INTO, 'MERGE'],
]);

const failed = (result: Job['result']): result is Refusal => 'status' in result;
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
const resultTable = (job: Job) => `results.main.${quote(job.jobId)}`;

export const pageToken = (offset: number) => Buffer.from(`rows:${offset}`).toString('base64url');
/** The offset of a token of ours, or undefined. */
export function offsetOf(token: string): number | undefined {
  const [, digits] = /^rows:(\d{1,15})$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** The query and load jobs of a running server. A query's rows are kept in a table of DuckDB's memory, from which pages are read. */
export function createJobs(warehouse: Warehouse) {
  const jobs = new Map<string, Job>();

  async function keep(job: Job) {
    jobs.set(job.jobId, job);
    const rowsOf = ({ result }: Job) => (failed(result) ? 0 : result.totalRows);
    let rows = [...jobs.values()].reduce((sum, kept) => sum + rowsOf(kept), 0);
    for (const oldest of jobs.values()) {
      if (oldest === job || (rows <= KEPT_ROWS && jobs.size <= KEPT_JOBS)) return;
      jobs.delete(oldest.jobId);
      rows -= rowsOf(oldest);
      await warehouse.withConnection((connection) => connection.run(`DROP TABLE IF EXISTS ${resultTable(oldest)}`));
    }
  }

  async function findMissing(tables: TableReference[]): Promise<Refusal | undefined> {
    for (const table of tables) {
      const { projectId, datasetId, tableId } = table;
      if (await warehouse.findTable(table)) continue;
      if (await warehouse.findDataset(table)) return refuse('notFound', `Not found: Table ${projectId}:${datasetId}.${tableId}`);
      return refuse('notFound', `Not found: Dataset ${projectId}:${datasetId}`);
    }
    return undefined;
  }

  /** Runs to the end; a statement that DuckDB does not take is an invalid query with DuckDB's words. */
  async function execute(job: Pick<Job, 'projectId' | 'jobId'>, request: QueryRequest, dryRun: boolean): Promise<Finished | Refusal> {
    if (request.useLegacySql || request.destinationTable) return refuse('invalid', 'Legacy SQL and destination tables are not carried.');
    const { sql, tables, parameters } = rewrite(request.query ?? '', job.projectId);
    const missing = await findMissing(tables);
    if (missing) return missing;
    const bound = bindParameters(request.queryParameters ?? [], parameters);
    if ('problem' in bound) return refuse('invalidQuery', bound.problem);
    const { datasetId, projectId = job.projectId } = request.defaultDataset ?? {};
    const read = async (connection: DuckDBConnection, statement: string) => connection.runAndReadAll(statement, bound.values, bound.types);

    return warehouse.withConnection(async (connection) => {
      try {
        if (datasetId) await connection.run(`SET search_path = '${quoteDataset({ projectId, datasetId })},main'`);
        const { statementType } = await connection.prepare(sql);
        const change = changes.get(statementType);
        const [target] = tables;
        if (change && dryRun) return { statementType: change, fields: [], totalRows: 0 };
        if (change && target) {
          const changedRows = await warehouse.change(target, async (writer) => (await read(writer, sql)).rowsChanged);
          return { statementType: change, fields: [], totalRows: 0, changedRows };
        }
        if (statementType !== StatementType.SELECT)
          return refuse('invalidQuery', 'Only SELECT and changes of backticked tables are carried.');
        const shape = await read(connection, `SELECT * FROM (${sql}\n) LIMIT 0`);
        const names = nameColumns(shape.columnNames());
        const fields = shape.columnTypes().map((type, index) => toField(names[index]!, type));
        if (dryRun) return { statementType: 'SELECT', fields, totalRows: 0 };
        const columns = names.map(quote).join(', ');
        const created = await read(connection, `CREATE TABLE ${resultTable(job as Job)} (${columns}) AS ${sql}`);
        return { statementType: 'SELECT', fields, totalRows: Number(created.value(0, 0)) };
      } catch (error) {
        return refuse('invalidQuery', messageOf(error));
      }
    });
  }

  async function runQuery(projectId: string, jobId: string, request: QueryRequest, dryRun = false): Promise<Job> {
    const createdAt = Date.now();
    const job: Job = { projectId, jobId, kind: 'query', createdAt, result: await execute({ projectId, jobId }, request, dryRun) };
    if (!dryRun) await keep(job);
    return job;
  }

  async function describePage(job: Job, { maxResults = MAX_PAGE_ROWS, offset = 0, timestamps }: PageRequest): Promise<Answer> {
    const { result } = job;
    if (failed(result)) return result;
    const limit = Math.min(maxResults, MAX_PAGE_ROWS);
    const { fields, totalRows, changedRows } = result;
    const columns = fields.map(({ name }) => name);
    const rows = fields.length === 0 ? [] : await warehouse.readPage(resultTable(job), columns, offset, limit);
    const end = offset + rows.length;
    return ok({
      jobReference: toJobReference(job),
      jobComplete: true,
      schema: { fields },
      totalRows: String(totalRows),
      rows: rows.map((row) => ({ f: row.map((value, index) => toCell(fields[index]!, value, timestamps)) })),
      ...(end < totalRows ? { pageToken: pageToken(end) } : {}),
      ...(changedRows === undefined ? {} : { numDmlAffectedRows: String(changedRows) }),
      totalBytesProcessed: '0',
      cacheHit: false,
    });
  }

  return {
    /** `jobs.query`: runs, and answers with the first page. */
    query: async (projectId: string, request: QueryRequest, page: PageRequest) =>
      describePage(await runQuery(projectId, randomUUID(), request), page),

    /** `jobs.insert` of a query: a failure is part of the job, except that of a dry run. */
    insertQuery: async (projectId: string, jobId: string, request: QueryRequest, dryRun: boolean): Promise<Answer> => {
      if (jobs.has(jobId)) return refuse('duplicate', `Already Exists: Job ${projectId}:${jobId}`);
      const job = await runQuery(projectId, jobId, request, dryRun);
      return dryRun && failed(job.result) ? job.result : ok(describeJob(job));
    },

    saveLoad: async (projectId: string, jobId: string, createdAt: number, loadedRows: number | Refusal): Promise<Answer> => {
      const result =
        typeof loadedRows === 'number' ? { statementType: 'LOAD', fields: [], totalRows: 0, changedRows: loadedRows } : loadedRows;
      const job: Job = { projectId, jobId, kind: 'load', createdAt, result };
      await keep(job);
      return ok(describeJob(job));
    },

    findJob: (projectId: string, jobId: string): Answer => {
      const job = jobs.get(jobId);
      return job ? ok(describeJob(job)) : refuse('notFound', `Not found: Job ${projectId}:${jobId}`);
    },

    fetchPage: async (projectId: string, jobId: string, page: PageRequest): Promise<Answer> => {
      const job = jobs.get(jobId);
      return job ? describePage(job, page) : refuse('notFound', `Not found: Job ${projectId}:${jobId}`);
    },
  };
}

/** BigQuery calls the columns without a name f0_, f1_ and so on. */
function nameColumns(names: readonly string[]): string[] {
  let unnamed = 0;
  return names.map((name) => (/^[A-Za-z_]\w*$/.test(name) ? name : `f${unnamed++}_`));
}

const toJobReference = ({ projectId, jobId }: Job) => ({ projectId, jobId, location: 'US' });

function describeJob(job: Job) {
  const { result, createdAt } = job;
  const reference = toJobReference(job);
  const times = { creationTime: String(createdAt), startTime: String(createdAt), endTime: String(Date.now()) };
  const common = {
    kind: 'bigquery#job',
    id: `${job.projectId}:US.${job.jobId}`,
    jobReference: reference,
    configuration: { jobType: job.kind.toUpperCase() },
  };
  if (failed(result)) {
    const { errors } = result.body.error;
    return { ...common, statistics: times, status: { state: 'DONE', errorResult: errors[0], errors } };
  }
  const { statementType, fields, changedRows } = result;
  const counted = String(changedRows ?? 0);
  const statistics =
    job.kind === 'load'
      ? { load: { outputRows: counted } }
      : {
          query: {
            statementType,
            totalBytesProcessed: '0',
            schema: { fields },
            ...(changedRows === undefined ? {} : { numDmlAffectedRows: counted }),
          },
        };
  return { ...common, statistics: { ...times, totalBytesProcessed: '0', ...statistics }, status: { state: 'DONE' } };
}
