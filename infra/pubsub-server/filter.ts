type Attributes = Readonly<Record<string, string>>;
export type Filter = (attributes: Attributes) => boolean;

const tokenPattern = /\s*("(?:[^"\\]|\\.)*"|!=|[()=:.,-]|[A-Za-z0-9_][A-Za-z0-9_-]*)/y;

/** Reads a subscription filter; an empty one lets every message through. https://cloud.google.com/pubsub/docs/subscription-message-filter */
export function parseFilter(source: string): { readonly filter: Filter } | { readonly problem: string } {
  if (source.trim() === '') return { filter: () => true };
  if (Buffer.byteLength(source) > 256) return { problem: 'a filter has at most 256 bytes' };
  const reader = new Reader(source.trim());
  const filter = readTerms(reader);
  reader.end();
  return reader.problem === null ? { filter } : { problem: reader.problem };
}

/** Walks the tokens of a filter and keeps the first problem; after it there is nothing left to read, so every rule ends. */
class Reader {
  problem: string | null = null;
  #tokens: string[] = [];

  constructor(source: string) {
    tokenPattern.lastIndex = 0;
    let position = 0;
    for (let match = tokenPattern.exec(source); match !== null; match = tokenPattern.exec(source)) {
      this.#tokens.push(match[1] ?? '');
      position = tokenPattern.lastIndex;
    }
    if (position < source.length) this.#fail(`cannot read ${source.slice(position).trim()}`);
  }

  skip(expected: string): boolean {
    if (this.#tokens[0] !== expected) return false;
    this.#tokens.shift();
    return true;
  }

  expect(...expected: string[]): void {
    for (const token of expected) if (!this.skip(token)) this.#fail(`expected ${token} before ${this.#tokens[0] ?? 'the end'}`);
  }

  end(): void {
    if (this.#tokens.length > 0) this.#fail(`unexpected ${this.#tokens[0]}`);
  }

  key(): string {
    return this.#take(/^["\w]/, 'an attribute key');
  }

  value(): string {
    return this.#take(/^"/, 'a quoted value');
  }

  #take(shape: RegExp, meaning: string): string {
    const token = this.#tokens.shift() ?? '';
    if (!shape.test(token)) this.#fail(`expected ${meaning}, got ${token || 'the end'}`);
    return token.startsWith('"') ? token.slice(1, -1).replace(/\\(.)/g, '$1') : token;
  }

  #fail(problem: string): void {
    this.problem ??= problem;
    this.#tokens = [];
  }
}

// AND and OR cannot stand side by side without parentheses, as in Google's service.
function readTerms(reader: Reader): Filter {
  const terms = [readTerm(reader)];
  const operator = ['AND', 'OR'].find((word) => reader.skip(word));
  if (operator !== undefined) {
    do terms.push(readTerm(reader));
    while (reader.skip(operator));
  }
  return operator === 'OR'
    ? (attributes) => terms.some((term) => term(attributes))
    : (attributes) => terms.every((term) => term(attributes));
}

function readTerm(reader: Reader): Filter {
  if (reader.skip('NOT') || reader.skip('-')) {
    const term = readTerm(reader);
    return (attributes) => !term(attributes);
  }
  if (reader.skip('(')) {
    const terms = readTerms(reader);
    reader.expect(')');
    return terms;
  }
  if (reader.skip('hasPrefix')) return readPrefix(reader);
  reader.expect('attributes');
  return readComparison(reader);
}

function readPrefix(reader: Reader): Filter {
  reader.expect('(', 'attributes', '.');
  const key = reader.key();
  reader.expect(',');
  const prefix = reader.value();
  reader.expect(')');
  return (attributes) => attributeOf(attributes, key)?.startsWith(prefix) === true;
}

function readComparison(reader: Reader): Filter {
  if (reader.skip(':')) {
    const key = reader.key();
    return (attributes) => attributeOf(attributes, key) !== undefined;
  }
  reader.expect('.');
  const key = reader.key();
  const negated = reader.skip('!=');
  if (!negated) reader.expect('=');
  const value = reader.value();
  return (attributes) => (attributeOf(attributes, key) === value) !== negated;
}

function attributeOf(attributes: Attributes, key: string): string | undefined {
  return Object.hasOwn(attributes, key) ? attributes[key] : undefined;
}
