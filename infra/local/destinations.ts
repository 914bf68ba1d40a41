import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPlatforms } from '../topology/platforms.ts';

const ofHouse = join(import.meta.dirname, 'destinations.json');

/** Writes the local destinations: those of the house, and of each platform that brings its own along, in `stand-in/destinations.json`. */
export function writeDestinations(file: string): string {
  const brought = findPlatforms()
    .map(({ service }) => join(import.meta.dirname, '../../services', service, 'stand-in/destinations.json'))
    .filter(existsSync);
  const all = [ofHouse, ...brought].map((part) => JSON.parse(readFileSync(part, 'utf8')) as object);
  writeFileSync(file, `${JSON.stringify(Object.assign({}, ...all), null, 2)}\n`);
  return file;
}
