import type { Source } from './sources.ts';

/** A column as the source's table has it. */
export interface TableColumn {
  name: string;
  type: string;
}

/** What is wrong with the columns of a source, or null; and those that nobody asked for. */
export function decideColumns(source: Source, found: TableColumn[]): { problem: string | null; unknown: string[] } {
  const types = new Map(found.map(({ name, type }) => [name, type]));
  const problems = Object.entries(source.columns).flatMap(([name, { types: allowed }]) => {
    const type = types.get(name);
    if (type === undefined) return [`the column ${name} is missing`];
    return allowed.includes(type) ? [] : [`the column ${name} is of type ${type}, not ${allowed[0]}`];
  });
  return {
    problem: problems.length === 0 ? null : problems.join(', '),
    unknown: found.map(({ name }) => name).filter((name) => !(name in source.columns)),
  };
}
