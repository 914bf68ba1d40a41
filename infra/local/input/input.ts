import type { DB } from '@waybill/shared/db';
import type { SessionStarted, TrackingEvent } from '@waybill/shared/messages';
import type { Insertable } from 'kysely';

export interface CompanyScore {
  company: number;
  cp1: number;
  cp1_arpu: string;
  cp3: number;
  cp3_arpu: string;
  employees_range_min: number;
  employees_range_max: number;
  scored_at: string;
}

export interface ContactCpScore {
  contact_id: number;
  combined1_conversion_probability_predicted: number;
  combined3_conversion_probability_predicted: number;
  cp1_signup_first: number;
  cp3_signup_first: number;
  book_a_demo_1_probability: number;
  book_a_demo_3_probability: number;
  scored_at: string;
}

export interface ContactAcvScore {
  contact_id: number;
  acv: string;
  scored_at: string;
}

/** What the outside world hands to the system: CRM rows, tracked sessions and the models' scores. */
export interface Input {
  /** Shown wherever the input shows, so that nobody takes it for a customer's; null for a customer's own. */
  label: string;
  companies: Insertable<DB['company_profile_meta_data']>[];
  contacts: Insertable<DB['contact_profile_metadata']>[];
  sessions: SessionStarted[];
  /** The sessions, and what else tracker and CRM tell, as it arrives: some of it late, some of it twice. */
  events: TrackingEvent[];
  /** Null where the source knows no scores; the value-based conversion types then have nothing to send. */
  scores: { companies: CompanyScore[]; contactCp: ContactCpScore[]; contactAcv: ContactAcvScore[] } | null;
}
