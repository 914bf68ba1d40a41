import type { IncomingMessage } from 'node:http';
import { type Answer, ok, refuse } from './answers.ts';
import { createJobs, MAX_PAGE_ROWS, offsetOf, type PageRequest, pageToken, type QueryRequest } from './jobs.ts';
import { BadRow, readBatches, readUpload } from './load.ts';
import { quoteTable, type TableReference } from './sql.ts';
import { type FieldError, parseFields, type RequestedField, readRow, type TimestampFormat, toCell } from './types.ts';
import type { Dataset, Table, Warehouse } from './warehouse.ts';

export type Path = TableReference & { jobId: string };
type Call = { path: Path; query: URLSearchParams; body: unknown; request: IncomingMessage };
type Handle = (call: Call) => Promise<Answer>;
export type Route = { method: string; pattern: RegExp; handle: Handle };

type Formats = { useInt64Timestamp?: boolean; timestampOutputFormat?: string };
type QueryBody = QueryRequest & { maxResults?: number; formatOptions?: Formats };
type JobBody = { configuration?: { dryRun?: boolean; query?: QueryRequest }; jobReference?: { jobId?: string } };
type TableBody = { tableReference: TableReference; schema?: { fields?: RequestedField[] } };
type InsertBody = { rows?: { json: unknown }[]; skipInvalidRows?: boolean; ignoreUnknownValues?: boolean };
type LoadBody = {
  jobReference: { jobId: string };
  configuration: {
    load: {
      destinationTable: TableReference;
      schema?: { fields?: RequestedField[] };
      sourceFormat?: string;
      writeDisposition?: string;
      ignoreUnknownValues?: boolean;
    };
  };
};

const route = (method: string, path: string, handle: Handle): Route => ({
  method,
  pattern: new RegExp(`^${path.replaceAll(/:(\w+)/g, '(?<$1>[^/\'"]+)')}$`),
  handle,
});

export function createRoutes(warehouse: Warehouse): Route[] {
  const jobs = createJobs(warehouse);
  const project = '/bigquery/v2/projects/:projectId';
  const dataset = `${project}/datasets/:datasetId`;
  const table = `${dataset}/tables/:tableId`;

  const withDataset = (handle: (found: Dataset, call: Call) => Promise<Answer>) => async (call: Call) => {
    const found = await warehouse.findDataset(call.path);
    return found ? handle(found, call) : refuse('notFound', `Not found: Dataset ${call.path.projectId}:${call.path.datasetId}`);
  };
  const withTable = (handle: (found: Table, call: Call) => Promise<Answer>) =>
    withDataset(async (_dataset, call) => {
      const found = await warehouse.findTable(call.path);
      return found ? handle(found, call) : refuse('notFound', `Not found: Table ${nameOf(call.path)}`);
    });

  const createDataset: Handle = async ({ path, body }) => {
    const { datasetReference = {}, ...metadata } = body as { datasetReference?: { datasetId?: string } };
    const { datasetId = '' } = datasetReference;
    if (!/^\w{1,1024}$/.test(datasetId)) return refuse('invalid', `Invalid dataset ID "${datasetId}".`);
    const reference = { projectId: path.projectId, datasetId };
    if (await warehouse.findDataset(reference)) return refuse('duplicate', `Already Exists: Dataset ${path.projectId}:${datasetId}`);
    await warehouse.createDataset(reference, metadata);
    return ok(describeDataset((await warehouse.findDataset(reference))!));
  };

  const createTable = withDataset(async ({ projectId, datasetId }, { body }) => {
    const { tableReference, schema, ...metadata } = body as TableBody;
    const reference = { projectId, datasetId, tableId: tableReference?.tableId ?? '' };
    if (!/^[\w -]{1,1024}$/.test(reference.tableId)) return refuse('invalid', `Invalid table ID "${reference.tableId}".`);
    const parsed = parseFields(schema?.fields ?? []);
    if ('problem' in parsed) return refuse('invalid', parsed.problem);
    if (parsed.fields.length === 0) return refuse('invalid', 'A table without a schema is not carried.');
    if (await warehouse.findTable(reference)) return refuse('duplicate', `Already Exists: Table ${nameOf(reference)}`);
    await warehouse.createTable(reference, parsed.fields, metadata);
    return ok(await describeTable((await warehouse.findTable(reference))!));
  });

  const describeTable = async (found: Table) => ({
    ...describeListed(found),
    etag: etagOf(found),
    schema: { fields: found.fields },
    numRows: await warehouse.countRows(found),
    lastModifiedTime: String(found.modifiedAt),
    location: 'US',
  });

  const dropDataset = withDataset(async (found, { query }) => {
    const tables = await warehouse.findTables(found);
    if (tables.length > 0 && query.get('deleteContents') !== 'true') {
      return refuse('resourceInUse', `Dataset ${found.projectId}:${found.datasetId} is still in use`);
    }
    await warehouse.dropDataset(found);
    return { status: 204, body: undefined };
  });

  /** As in BigQuery, one bad row stops the others of its request, unless `skipInvalidRows` is set. */
  const insertRows = withTable(async (found, { body }) => {
    const { rows = [], skipInvalidRows = false, ignoreUnknownValues: ignoreUnknown = false } = body as InsertBody;
    const read = rows.map(({ json }) => readRow(found.fields, json, { ignoreUnknown }));
    const bad = read.some(({ errors }) => errors.length > 0);
    const accepted = bad && !skipInvalidRows ? [] : read.filter(({ errors }) => errors.length === 0);
    if (accepted.length > 0) await warehouse.append(found, [accepted.map(({ values }) => values)]);
    const insertErrors = read.flatMap(({ errors }, index) => {
      if (errors.length > 0) return [{ index, errors: errors.map(toInsertError) }];
      return bad && !skipInvalidRows ? [{ index, errors: [{ reason: 'stopped', location: '', debugInfo: '', message: '' }] }] : [];
    });
    return ok({ kind: 'bigquery#tableDataInsertAllResponse', ...(bad ? { insertErrors } : {}) });
  });

  const listRows = withTable(async (found, { query }) => {
    const page = readPageRequest(query);
    if (!page) return refuse('invalid', 'Invalid page token.');
    const selected = query.get('selectedFields')?.split(',');
    const fields = found.fields.filter(({ name }) => !selected || selected.includes(name));
    const { maxResults = MAX_PAGE_ROWS, offset = 0, timestamps } = page;
    const columns = fields.map(({ name }) => name);
    const rows = await warehouse.readPage(quoteTable(found), columns, offset, Math.min(maxResults, MAX_PAGE_ROWS));
    const totalRows = await warehouse.countRows(found);
    const end = offset + rows.length;
    return ok({
      kind: 'bigquery#tableDataList',
      etag: etagOf(found),
      totalRows,
      rows: rows.map((row) => ({ f: row.map((value, index) => toCell(fields[index]!, value, timestamps)) })),
      ...(end < Number(totalRows) ? { pageToken: pageToken(end) } : {}),
    });
  });

  const runQuery: Handle = async ({ path, body }) => {
    const { maxResults, formatOptions, ...request } = body as QueryBody;
    return jobs.query(path.projectId, request, { maxResults, timestamps: toTimestampFormat(formatOptions ?? {}) });
  };

  const insertJob: Handle = async ({ path, body }) => {
    const { configuration = {}, jobReference = {} } = body as JobBody;
    if (!configuration.query) return refuse('invalid', 'Only query jobs, and load jobs with an upload, are carried.');
    const jobId = jobReference.jobId ?? crypto.randomUUID();
    return jobs.insertQuery(path.projectId, jobId, configuration.query, configuration.dryRun ?? false);
  };

  const fetchResults: Handle = async ({ path, query }) => {
    const page = readPageRequest(query);
    return page ? jobs.fetchPage(path.projectId, path.jobId, page) : refuse('invalid', 'Invalid page token.');
  };

  const loadRows: Handle = async ({ path: { projectId }, request }) => {
    const createdAt = Date.now();
    const { metadata, lines } = await readUpload(request);
    const { jobReference, configuration } = metadata as LoadBody;
    const { destinationTable, schema, sourceFormat, writeDisposition, ignoreUnknownValues = false } = configuration.load;
    const save = (result: Parameters<typeof jobs.saveLoad>[3]) => jobs.saveLoad(projectId, jobReference.jobId, createdAt, result);
    if (sourceFormat !== 'NEWLINE_DELIMITED_JSON') return save(refuse('invalid', `Source format ${sourceFormat} is not carried.`));
    if (schema && !(await warehouse.findTable(destinationTable))) {
      const path = { ...destinationTable, jobId: jobReference.jobId };
      const created = await createTable({
        path,
        body: { tableReference: destinationTable, schema },
        query: new URLSearchParams(),
        request,
      });
      if (created.status !== 200) return created;
    }
    const found = await warehouse.findTable(destinationTable);
    if (!found) return save(refuse('notFound', `Not found: Table ${nameOf(destinationTable)}`));
    if (writeDisposition === 'WRITE_EMPTY' && (await warehouse.countRows(found)) !== '0') {
      return save(refuse('duplicate', `Already Exists: Table ${nameOf(found)}`));
    }
    const batches = readBatches(found.fields, lines, ignoreUnknownValues);
    try {
      return await save(await warehouse.append(found, batches, { truncate: writeDisposition === 'WRITE_TRUNCATE' }));
    } catch (error) {
      if (!(error instanceof BadRow)) throw error;
      return save(refuse('invalid', error.message));
    }
  };

  return [
    route('POST', `${project}/datasets`, createDataset),
    route('GET', `${project}/datasets`, async ({ path }) =>
      ok({ kind: 'bigquery#datasetList', datasets: (await warehouse.findDatasets(path.projectId)).map(describeDataset) }),
    ),
    route(
      'GET',
      dataset,
      withDataset(async (found) => ok(describeDataset(found))),
    ),
    route('DELETE', dataset, dropDataset),
    route('POST', `${dataset}/tables`, createTable),
    route(
      'GET',
      `${dataset}/tables`,
      withDataset(async (found) => {
        const tables = await warehouse.findTables(found);
        return ok({ kind: 'bigquery#tableList', tables: tables.map(describeListed), totalItems: tables.length });
      }),
    ),
    route(
      'GET',
      table,
      withTable(async (found) => ok(await describeTable(found))),
    ),
    route(
      'DELETE',
      table,
      withTable(async (found) => {
        await warehouse.dropTable(found);
        return { status: 204, body: undefined };
      }),
    ),
    route('POST', `${table}/insertAll`, insertRows),
    route('GET', `${table}/data`, listRows),
    route('POST', `${project}/queries`, runQuery),
    route('GET', `${project}/queries/:jobId`, fetchResults),
    route('POST', `${project}/jobs`, insertJob),
    route('GET', `${project}/jobs/:jobId`, async ({ path }) => jobs.findJob(path.projectId, path.jobId)),
    route('POST', '/upload/bigquery/v2/projects/:projectId/jobs', loadRows),
  ];
}

const nameOf = ({ projectId, datasetId, tableId }: TableReference) => `${projectId}:${datasetId}.${tableId}`;
const etagOf = ({ modifiedAt }: { modifiedAt: number }) => Buffer.from(String(modifiedAt)).toString('base64');
const toInsertError = ({ location, message }: FieldError) => ({ reason: 'invalid', location, debugInfo: '', message });

function describeDataset({ projectId, datasetId, createdAt, modifiedAt, metadata }: Dataset) {
  return {
    ...metadata,
    kind: 'bigquery#dataset',
    id: `${projectId}:${datasetId}`,
    etag: etagOf({ modifiedAt }),
    datasetReference: { projectId, datasetId },
    creationTime: String(createdAt),
    lastModifiedTime: String(modifiedAt),
    location: metadata.location ?? 'US',
  };
}

function describeListed({ projectId, datasetId, tableId, createdAt, metadata }: Table) {
  return {
    ...metadata,
    kind: 'bigquery#table',
    id: nameOf({ projectId, datasetId, tableId }),
    tableReference: { projectId, datasetId, tableId },
    type: 'TABLE',
    creationTime: String(createdAt),
  };
}

function toTimestampFormat({ useInt64Timestamp, timestampOutputFormat }: Formats): TimestampFormat {
  return useInt64Timestamp || timestampOutputFormat === 'INT64' ? 'micros' : 'seconds';
}

function readPageRequest(query: URLSearchParams): PageRequest | undefined {
  const token = query.get('pageToken');
  const offset = token === null ? Number(query.get('startIndex') ?? 0) : offsetOf(token);
  const limit = query.get('maxResults');
  if (offset === undefined) return undefined;
  const timestamps = toTimestampFormat({
    useInt64Timestamp: query.get('formatOptions.useInt64Timestamp') === 'true',
    timestampOutputFormat: query.get('formatOptions.timestampOutputFormat') ?? '',
  });
  return { ...(limit === null ? {} : { maxResults: Number(limit) }), offset, timestamps };
}
