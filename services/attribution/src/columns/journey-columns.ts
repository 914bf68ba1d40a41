/** Journeys beside each other, a column for each thing that is known of them or of their touches. */
export interface JourneyColumns {
  /** Journey n has the touches from starts[n] up to and without starts[n + 1]; one longer than there are journeys. */
  starts: Uint32Array;
  /** Of each touch the number of its channel; touches stand by journey, and in each by time and then by id. */
  channels: Uint16Array;
  /** Of each touch, milliseconds since 1970. */
  atMs: Float64Array;
  /** Of each journey, 1 where it converted and 0 where it led nowhere. */
  converted: Uint8Array;
  /** Of each journey, what it was worth, in minor units of one currency. */
  values: Float64Array;
}

export const countJourneys = ({ converted }: JourneyColumns): number => converted.length;
export const countTouches = ({ channels }: JourneyColumns): number => channels.length;

function grow<T extends Uint16Array | Uint32Array | Uint8Array | Float64Array>(column: T, length: number): T {
  if (length <= column.length) return column;
  const longer = new (column.constructor as new (length: number) => T)(Math.max(length, 2 * column.length));
  longer.set(column);
  return longer;
}

/** Fills columns touch by touch. */
export class ColumnsBuilder {
  #starts = new Uint32Array(1_024);
  #channels = new Uint16Array(4_096);
  #atMs = new Float64Array(4_096);
  #converted = new Uint8Array(1_024);
  #values = new Float64Array(1_024);
  #journeys = 0;
  #touches = 0;

  get touches(): number {
    return this.#touches;
  }

  /** Adds a touch to the journey that is open. Throws where it comes before the one that was added last. */
  addTouch(channel: number, atMs: number): void {
    const place = this.#touches;
    if (place > (this.#starts[this.#journeys] ?? 0) && atMs < (this.#atMs[place - 1] ?? 0))
      throw new Error(
        `a touch at ${atMs} cannot follow one at ${this.#atMs[place - 1]}; add the touches of a journey in the order of time`,
      );
    this.#channels = grow(this.#channels, place + 1);
    this.#atMs = grow(this.#atMs, place + 1);
    this.#channels[place] = channel;
    this.#atMs[place] = atMs;
    this.#touches += 1;
  }

  /** Ends the journey that is open; one without any touch is a journey too. */
  endJourney(isConverted: boolean, valueMinor: number): void {
    const place = this.#journeys++;
    this.#converted = grow(this.#converted, place + 1);
    this.#values = grow(this.#values, place + 1);
    this.#starts = grow(this.#starts, place + 2);
    this.#converted[place] = isConverted ? 1 : 0;
    this.#values[place] = valueMinor;
    this.#starts[place + 1] = this.#touches;
  }

  /** The journeys so far, as columns of their own; begins again with none. Throws where one is open. */
  take(): JourneyColumns {
    const [journeys, touches] = [this.#journeys, this.#touches];
    if (touches > (this.#starts[journeys] ?? 0)) throw new Error('a journey is open; end it before its columns are taken');
    this.#journeys = 0;
    this.#touches = 0;
    return {
      starts: this.#starts.slice(0, journeys + 1),
      channels: this.#channels.slice(0, touches),
      atMs: this.#atMs.slice(0, touches),
      converted: this.#converted.slice(0, journeys),
      values: this.#values.slice(0, journeys),
    };
  }
}
