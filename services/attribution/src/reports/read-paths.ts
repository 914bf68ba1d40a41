import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import type { Journey } from '../journeys/journey.ts';
import type { PathCount } from '../models/index.ts';
import { toUnits } from '../money/decimal.ts';
import type { Corpus, JourneyGroup } from './corpus.ts';

/** Values of aggregated paths are kept to a millionth: their files hold no cents, but sums. */
const places = 6;
const needed = ['path', 'total_conversions', 'total_conversion_value', 'total_null'];

/** The fields of a line of CSV (RFC 4180, without line breaks inside fields). */
function readFields(line: string): string[] {
  const fields = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)];
  return fields.map(([, quoted, plain]) => (quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"')));
}

const toJourney = (conversionId: string, channels: string[], valueMinor: bigint, currency: string): Journey => ({
  ...{ conversionId, convertedAtMs: channels.length, valueMinor, currency },
  // Only the order is known: the n-th touch stands at the n-th millisecond.
  touches: channels.map((channel, place) => ({
    ...{ id: `${conversionId}.${String(place).padStart(6, '0')}`, atMs: place, channel, campaign: null },
    ...{ isHolder: false, isCloser: false, isImpression: false },
  })),
});

/** Different paths by their channels with `>` between, which stands in the name of none: a file may name a path in several lines. */
interface KnownPaths {
  converted: Map<string, { line: number; conversions: number; valueMinor: bigint }>;
  lost: Map<string, number>;
}

interface PathLine {
  conversions: number;
  valueMinor: bigint;
  nulls: number;
}

function addPath({ converted, lost }: KnownPaths, line: number, channels: string[], { conversions, valueMinor, nulls }: PathLine): void {
  const path = channels.join('>');
  if (nulls > 0) lost.set(path, (lost.get(path) ?? 0) + nulls);
  if (conversions === 0) return;
  const sum = converted.get(path) ?? { line, conversions: 0, valueMinor: 0n };
  sum.conversions += conversions;
  sum.valueMinor += valueMinor;
  converted.set(path, sum);
}

function* convertedPaths({ converted }: KnownPaths, currency: string): Generator<JourneyGroup> {
  for (const [path, { line, conversions, valueMinor }] of converted)
    yield { journey: toJourney(`line ${line}`, path.split('>'), valueMinor, currency), conversions };
}

function* lostPaths({ lost }: KnownPaths): Generator<PathCount> {
  for (const [path, nulls] of lost) yield { channels: path.split('>'), conversions: 0, nulls };
}

const isCount = (text: string): boolean => /^\d{1,12}$/.test(text);

/**
 * Reads aggregated paths: a CSV file, gzipped where its name ends so, with the columns path (channels, `>` between), total_conversions,
 * total_conversion_value and total_null. Lines of one path count as one, so that their value is split once. A line that cannot be used is told
 * by its number and left out. Throws where a column is missing.
 */
export async function readPaths(file: string, currency: string): Promise<Corpus> {
  const source = createReadStream(file);
  const text = file.endsWith('.gz') ? source.pipe(createGunzip()) : source;
  const failed = new Promise<never>((_, reject) => {
    for (const stream of [source, text]) stream.once('error', (error: Error) => reject(new Error(`${file}: ${error.message}`)));
  });
  const known: KnownPaths = { converted: new Map(), lost: new Map() };
  const refused: string[] = [];
  let head: string[] | null = null;
  let number = 0;
  const take = (line: string): void => {
    number += 1;
    if (line.trim() === '') return;
    const fields = readFields(line);
    if (head === null) {
      head = fields.map((field) => field.toLowerCase().replace(/^\ufeff/, ''));
      const missing = needed.filter((column) => !(head as string[]).includes(column));
      if (missing.length > 0) throw new Error(`${file}: the first line lacks ${missing.join(', ')}; it must name ${needed.join(', ')}`);
      return;
    }
    const [path = '', conversions = '', value = '', nulls = ''] = needed.map((column) => fields[(head as string[]).indexOf(column)] ?? '');
    const channels = path.split('>').map((channel) => channel.trim());
    const units = toUnits(value === '' ? '0' : value, places);
    const problem = channels.some((channel) => channel === '')
      ? 'the path has an empty channel'
      : !isCount(conversions) || !isCount(nulls)
        ? 'total_conversions and total_null must be whole numbers'
        : units === null
          ? 'total_conversion_value must be a decimal number'
          : null;
    if (problem !== null || units === null) return void refused.push(`line ${number}: ${problem}`);
    addPath(known, number, channels, { conversions: Number(conversions), valueMinor: units, nulls: Number(nulls) });
  };
  const read = async (): Promise<void> => {
    for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) take(line);
  };
  await Promise.race([read(), failed]);
  if (head === null) throw new Error(`${file}: is empty; its first line must name ${needed.join(', ')}`);
  return {
    ...{ places, currency, hasTimes: false, refused },
    journeys: () => convertedPaths(known, currency),
    nulls: () => lostPaths(known),
    costs: () => [],
  };
}
