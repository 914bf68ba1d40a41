import type { Readable } from 'node:stream';
import type { DuckDBValue } from '@duckdb/node-api';
import { type Field, readRow } from './types.ts';

export type Upload = { metadata: unknown; lines: AsyncIterable<string> };

/** Splits a `multipart/related` upload into its JSON metadata and the lines of its content, read as they arrive. */
export async function readUpload(body: Readable): Promise<Upload> {
  const lines = readLines(body);
  const next = async () => (await lines.next()).value as string | undefined;
  let boundary = await next();
  while (boundary === '') boundary = await next();
  const isBoundary = (line: string | undefined) => line === undefined || line === boundary || line === `${boundary}--`;
  const skipHeaders = async () => {
    for (let header = await next(); header; header = await next());
  };
  async function* readPart() {
    for (let line = await next(); !isBoundary(line); line = await next()) if (line) yield line;
  }
  await skipHeaders();
  let json = '';
  for await (const line of readPart()) json += line;
  const metadata = JSON.parse(json);
  await skipHeaders();
  return { metadata, lines: readPart() };
}

/** Ends lines at a line feed only: JSON text may hold the other separators of Unicode. */
async function* readLines(body: Readable) {
  let rest = '';
  for await (const chunk of body.setEncoding('utf8')) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  if (rest) yield rest.replace(/\r$/, '');
}

/** A line that is not a row of the schema; it ends the load. */
export class BadRow extends Error {}

/** Newline-delimited JSON as batches of rows, so that a file of any size passes through a bounded memory. */
export async function* readBatches(fields: readonly Field[], lines: AsyncIterable<string>, ignoreUnknown: boolean, batchRows = 2048) {
  let batch: DuckDBValue[][] = [];
  let lineNumber = 0;
  for await (const line of lines) {
    lineNumber += 1;
    const { values, errors } = readRow(fields, parseJson(line), { ignoreUnknown });
    if (errors[0]) throw new BadRow(`Error while reading data, row ${lineNumber}: ${errors[0].message}`);
    if (batch.push(values) < batchRows) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
