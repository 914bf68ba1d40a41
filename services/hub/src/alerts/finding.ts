/** Something that is wrong now; the same name and subject are one alert for as long as it lasts. */
export interface Finding {
  name:
    | 'unexplained-difference'
    | 'unusual-volume'
    | 'scores-old'
    | 'lane-paused'
    | 'conversions-stuck'
    | 'not-published'
    | 'not-taken-up'
    | 'nearly-too-old'
    | 'many-rejected'
    | 'recalculation-late'
    | 'recalculation-failing';
  subject: string;
  /** What it is and how to mend it. */
  detail: string;
}
