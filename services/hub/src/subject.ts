/** Of what a life is told. */
export type Subject =
  | { kind: 'event'; id: string }
  | { kind: 'company'; id: number }
  | { kind: 'contact'; id: number }
  | { kind: 'client'; id: string };

/** A client id in lower case; null where it is none. */
export const readClientId = (typed: string): string | null =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(typed) ? typed.toLowerCase() : null;

/** Reads `cv_…`, `company 42`, `contact 7` or `client UUID` as a person types it; null where it is none of them. */
export function readSubject(typed: string): Subject | null {
  const trimmed = typed.trim();
  if (/^cv_[0-9a-z]+$/.test(trimmed)) return { kind: 'event', id: trimmed };
  const client = readClientId(/^client[\s:#]*(\S+)$/i.exec(trimmed)?.[1] ?? '');
  if (client !== null) return { kind: 'client', id: client };
  const [, kind, id] = /^(company|contact)[\s:#]*(\d{1,15})$/i.exec(trimmed) ?? [];
  if (kind === undefined) return null;
  return { kind: kind.toLowerCase() as 'company' | 'contact', id: Number(id) };
}

export const describeSubject = ({ kind, id }: Subject): string => (kind === 'event' ? id : `${kind} ${id}`);
