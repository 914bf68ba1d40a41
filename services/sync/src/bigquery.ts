import { BigQuery, type BigQueryOptions } from '@google-cloud/bigquery';
import type { TableColumn } from './decide-columns.ts';
import type { Snapshot } from './decide-hold.ts';

export interface ScoreTable {
  /** `project.dataset.table`. */
  path: string;
  key: string;
  columns: string[];
}

/** Reads score tables; a table that is missing or cannot be reached throws, after the client's own retries. */
export interface ScoreReader {
  fetchColumns(table: ScoreTable): Promise<TableColumn[]>;
  fetchSnapshot(table: ScoreTable): Promise<Snapshot>;
  /** Keys that more than one row has, at most `limit`. */
  fetchDoubledKeys(table: ScoreTable, limit: number): Promise<number[]>;
  /** At most `limit` rows whose key is above `after` and no other row's, by key. Amounts and instants are text, so that no digit is lost. */
  fetchPage(table: ScoreTable, after: number, limit: number): Promise<Record<string, unknown>[]>;
}

export function connectBigQuery(options: { projectId: string; apiEndpoint: string | undefined }): ScoreReader {
  const bigQuery = new BigQuery({ projectId: options.projectId, ...toEndpoint(options.apiEndpoint) });

  const fetchTable = async (path: string) => {
    const [projectId = '', dataset = '', table = ''] = path.split('.');
    const [metadata] = await bigQuery.dataset(dataset, { projectId }).table(table).getMetadata();
    // A view's time is that of its definition.
    const modifiedAt = metadata.type === 'TABLE' ? new Date(Number(metadata.lastModifiedTime)) : null;
    const fields = (metadata.schema?.fields ?? []) as { name: string; type: string }[];
    return { modifiedAt, columns: fields.map(({ name, type }) => ({ name, type })) };
  };

  return {
    fetchColumns: async ({ path }) => (await fetchTable(path)).columns,
    fetchSnapshot: async ({ path, key }) => {
      const { modifiedAt } = await fetchTable(path);
      const query = `SELECT COUNT(*) AS row_count, COUNTIF(${key} IS NULL) AS keyless, MAX(scored_at) AS newest_at,
        (SELECT COALESCE(SUM(n), 0) FROM (SELECT COUNT(*) AS n FROM \`${path}\` WHERE ${key} IS NOT NULL GROUP BY ${key} HAVING COUNT(*) > 1) AS d) AS doubled
        FROM \`${path}\``;
      const [[counted]] = await bigQuery.query(query);
      const newestAt = counted.newest_at === null ? null : new Date(counted.newest_at.value);
      return { rows: counted.row_count, keyless: counted.keyless, doubled: Number(counted.doubled), newestAt, modifiedAt };
    },
    fetchDoubledKeys: async ({ path, key }, limit) => {
      const query = `SELECT ${key} AS doubled FROM \`${path}\` WHERE ${key} IS NOT NULL GROUP BY ${key} HAVING COUNT(*) > 1 ORDER BY ${key} LIMIT ${limit}`;
      const [rows] = await bigQuery.query(query);
      return rows.map(({ doubled }) => Number(doubled));
    },
    fetchPage: async ({ path, key, columns }, after, limit) => {
      const query = `SELECT ${columns.join(', ')} FROM \`${path}\` WHERE ${key} > @after
        QUALIFY COUNT(*) OVER (PARTITION BY ${key}) = 1 ORDER BY ${key} LIMIT ${limit}`;
      const [rows] = await bigQuery.query({ query, params: { after }, types: { after: 'INT64' } });
      return rows.map(toPlain);
    },
  };
}

function toEndpoint(apiEndpoint: string | undefined): BigQueryOptions {
  if (apiEndpoint === undefined) return {};
  if (!apiEndpoint.startsWith('http:')) return { apiEndpoint };
  const signsNothing = { getRequestHeaders: async () => new Headers(), universe_domain: 'googleapis.com' };
  return { apiEndpoint, authClient: signsNothing as unknown as NonNullable<BigQueryOptions['authClient']> };
}

const toPlain = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([column, value]) => [column, toPlainValue(value)]));

/** The client wraps TIMESTAMP in an object with `value`, and NUMERIC in a Big, whose plain text `toFixed` gives. */
function toPlainValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('value' in value) return value.value;
  return 'toFixed' in value && typeof value.toFixed === 'function' ? value.toFixed() : value;
}
