import { BigQuery, type BigQueryOptions } from '@google-cloud/bigquery';
import type { Snapshot } from './decide-hold.ts';

export interface ScoreTable {
  /** `project.dataset.table`. */
  path: string;
  key: string;
  columns: string[];
}

/** Reads score tables; a table that is missing or cannot be reached throws, after the client's own retries. */
export interface ScoreReader {
  fetchSnapshot(table: ScoreTable): Promise<Snapshot>;
  /** At most `limit` rows whose key is above `after`, by key. Amounts and instants are text, so that no digit is lost. */
  fetchPage(table: ScoreTable, after: number, limit: number): Promise<Record<string, unknown>[]>;
}

export function connectBigQuery(options: { projectId: string; apiEndpoint: string | undefined }): ScoreReader {
  const bigQuery = new BigQuery({ projectId: options.projectId, ...toEndpoint(options.apiEndpoint) });

  const fetchModifiedAt = async (path: string): Promise<Date | null> => {
    const [projectId = '', dataset = '', table = ''] = path.split('.');
    const [metadata] = await bigQuery.dataset(dataset, { projectId }).table(table).getMetadata();
    // A view's time is that of its definition.
    return metadata.type === 'TABLE' ? new Date(Number(metadata.lastModifiedTime)) : null;
  };

  return {
    fetchSnapshot: async ({ path, key }) => {
      const modifiedAt = await fetchModifiedAt(path);
      const query = `SELECT COUNT(*) AS row_count, COUNT(DISTINCT ${key}) AS key_count, MAX(scored_at) AS newest_at FROM \`${path}\``;
      const [[counted]] = await bigQuery.query(query);
      const newestAt = counted.newest_at === null ? null : new Date(counted.newest_at.value);
      return { rows: counted.row_count, keys: counted.key_count, newestAt, modifiedAt };
    },
    fetchPage: async ({ path, key, columns }, after, limit) => {
      const query = `SELECT ${columns.join(', ')} FROM \`${path}\` WHERE ${key} > @after ORDER BY ${key} LIMIT ${limit}`;
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
