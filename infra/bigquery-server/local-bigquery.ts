import { BigQuery, type BigQueryOptions } from '@google-cloud/bigquery';

/** The unmodified client of a local server. Without credentials it needs an auth client, and this one signs nothing. */
export function localBigQuery({ url, projectId }: { url: string; projectId: string }): BigQuery {
  const authClient = { getRequestHeaders: async () => new Headers(), universe_domain: 'googleapis.com' };
  return new BigQuery({ apiEndpoint: url, projectId, authClient: authClient as unknown as NonNullable<BigQueryOptions['authClient']> });
}
