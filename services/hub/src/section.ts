import type { Subject } from './subject.ts';

/** A part of a life. */
export interface Section {
  title: string;
  /** Column -> text, a row each; every row has the same columns. */
  rows: Record<string, string>[];
  /** What it means that there is no row. */
  whenEmpty: string;
}

/** Whose profile, scores, clicks and decisions belong to the subject, and which event ids. */
export interface Scope {
  subject: Subject;
  company: number | null;
  contact: number | null;
  client: string | null;
  eventIds: string[];
}
