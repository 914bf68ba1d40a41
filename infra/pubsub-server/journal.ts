import { appendFileSync, closeSync, createReadStream, existsSync, fsyncSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Message } from './delivery-order.ts';

/** What happened, in the words that rebuild the state when read from the start. */
export type JournalEntry = { readonly kind: string; readonly messages?: readonly Message[] };

const compactAboveBytes = 64 << 20;

/** An append-only file that is rewritten to the present state at each start and whenever it has doubled beyond 64 MB. */
export class Journal<T extends JournalEntry> {
  readonly #path: string;
  readonly #dump: () => Iterable<T>;
  #file = -1;
  #bytes = 0;
  #compactAt = 0;

  constructor(folder: string, dump: () => Iterable<T>) {
    mkdirSync(folder, { recursive: true });
    this.#path = join(folder, 'pubsub.ndjson');
    this.#dump = dump;
  }

  /** Gives each entry of earlier runs to `apply` and then opens the journal for appending. */
  async open(apply: (entry: T) => void): Promise<void> {
    if (existsSync(this.#path)) {
      for await (const line of createInterface({ input: createReadStream(this.#path), crlfDelay: Number.POSITIVE_INFINITY })) {
        const entry = decode<T>(line);
        // Only a line that was being written when the process was killed is cut short, and nobody was told that it is there.
        if (entry === null) break;
        apply(entry);
      }
    }
    this.#compact();
  }

  /** Hands the entry to the operating system before it returns, so that it outlives a kill of this process. */
  append(entry: T): void {
    // Before the entry: what it tells is not in the present state yet, and would be lost with the old file.
    if (this.#bytes > this.#compactAt) this.#compact();
    this.#write(entry);
  }

  close(): void {
    closeSync(this.#file);
  }

  #compact(): void {
    if (this.#file !== -1) closeSync(this.#file);
    this.#file = openSync(`${this.#path}.new`, 'w');
    this.#bytes = 0;
    for (const entry of this.#dump()) this.#write(entry);
    fsyncSync(this.#file);
    renameSync(`${this.#path}.new`, this.#path);
    this.#compactAt = Math.max(compactAboveBytes, 2 * this.#bytes);
  }

  #write(entry: T): void {
    const line = `${encode(entry)}\n`;
    this.#bytes += line.length;
    appendFileSync(this.#file, line);
  }
}

function encode(entry: JournalEntry): string {
  const messages = entry.messages?.map((message) => ({ ...message, data: message.data.toString('base64') }));
  return JSON.stringify(messages === undefined ? entry : { ...entry, messages });
}

function decode<T extends JournalEntry>(line: string): T | null {
  try {
    const entry = JSON.parse(line);
    for (const message of entry.messages ?? []) message.data = Buffer.from(message.data, 'base64');
    return entry;
  } catch {
    return null;
  }
}
