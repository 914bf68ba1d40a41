/** Of what a life is told. */
export type Subject = { kind: 'event'; id: string } | { kind: 'company'; id: number } | { kind: 'contact'; id: number };

/** Reads `cv_…`, `company 42` or `contact 7` as a person types it; null where it is none of them. */
export function readSubject(typed: string): Subject | null {
  const trimmed = typed.trim();
  if (/^cv_[0-9a-z]+$/.test(trimmed)) return { kind: 'event', id: trimmed };
  const [, kind, id] = /^(company|contact)[\s:#]*(\d{1,15})$/i.exec(trimmed) ?? [];
  if (kind === undefined) return null;
  return { kind: kind.toLowerCase() as 'company' | 'contact', id: Number(id) };
}

export const describeSubject = ({ kind, id }: Subject): string => (kind === 'event' ? id : `${kind} ${id}`);
