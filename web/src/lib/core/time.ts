/**
 * Time for the calendar views: instants of the server <-> wall time of one zone.
 *
 * The views work in *wall milliseconds*: the reading of a clock on the wall of the venue, counted as if that
 * reading were UTC. In that scale every day has 24 hours and starts at a multiple of 86,400,000, so layout is
 * plain arithmetic. Only this file knows about offsets: it asks Temporal once a year and zone for the
 * transitions and answers all later questions from that list.
 */
import type { Temporal as TemporalTypes } from 'temporal-polyfill';

/** Milliseconds since 1970-01-01T00:00 as read from a wall clock. */
export type WallMs = number;
/** A calendar day, `YYYY-MM-DD`. */
export type DayString = string;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

type TemporalApi = typeof TemporalTypes;
let temporal: TemporalApi | undefined;

/** Takes the browser's Temporal, or loads the polyfill where there is none. Call once before `zoneOf`. */
export async function loadTemporal(): Promise<void> {
  const native = (globalThis as { Temporal?: TemporalApi }).Temporal;
  temporal ??= native ?? (await import('temporal-polyfill/implementation')).Temporal;
}

function api(): TemporalApi {
  if (!temporal) throw new Error('loadTemporal() must have finished before times are converted');
  return temporal;
}

interface Segment {
  fromMs: number;
  offsetMs: number;
}

/** One IANA time zone, with its transitions cached by year. */
export class Zone {
  readonly name: string;
  readonly #years = new Map<number, Segment[]>();

  constructor(name: string) {
    this.name = name;
  }

  /** What a clock in this zone reads at an instant (epoch milliseconds). */
  toWall(instantMs: number): WallMs {
    const segments = this.#segments(new Date(instantMs).getUTCFullYear());
    let offset = 0;
    for (const segment of segments) {
      if (segment.fromMs > instantMs) break;
      offset = segment.offsetMs;
    }
    return instantMs + offset;
  }

  /**
   * The instant at which a clock in this zone shows a reading. A reading that is skipped in spring moves
   * forward by the gap; of one that occurs twice in autumn the first is meant ("compatible", RFC 5545).
   */
  toInstant(wall: WallMs): number {
    return api()
      .PlainDateTime.from(new Date(wall).toISOString().slice(0, 23))
      .toZonedDateTime(this.name, { disambiguation: 'compatible' }).epochMilliseconds;
  }

  /** How long a day lasts here: 23 or 25 where the clocks change, else 24. */
  hoursInDay(day: DayString): number {
    const start = parseDay(day);
    return (this.toInstant(start + DAY_MS) - this.toInstant(start)) / HOUR_MS;
  }

  #segments(year: number): Segment[] {
    const known = this.#years.get(year);
    if (known) return known;
    const end = Date.UTC(year + 1, 0, 1);
    const segments: Segment[] = [];
    let at: TemporalTypes.ZonedDateTime | null = api()
      .Instant.fromEpochMilliseconds(Date.UTC(year, 0, 1))
      .toZonedDateTimeISO(this.name);
    while (at && at.epochMilliseconds < end) {
      segments.push({ fromMs: at.epochMilliseconds, offsetMs: at.offsetNanoseconds / 1e6 });
      at = at.getTimeZoneTransition('next');
    }
    this.#years.set(year, segments);
    return segments;
  }
}

const zones = new Map<string, Zone>();

/** The shared `Zone` of a name; an unknown name is read as UTC, so that a foreign zone cannot break a page. */
export function zoneOf(name: string): Zone {
  let zone = zones.get(name);
  if (!zone) {
    zone = new Zone(isZone(name) ? name : 'UTC');
    zones.set(name, zone);
  }
  return zone;
}

/** Whether the browser knows this IANA name. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** `2026-11-23` -> its midnight. */
export function parseDay(day: DayString): WallMs {
  return Date.parse(`${day}T00:00:00Z`);
}

export function isDay(text: string | null | undefined): text is DayString {
  return !!text && /^\d{4}-\d{2}-\d{2}$/.test(text) && formatDay(parseDay(text)) === text;
}

export function formatDay(wall: WallMs): DayString {
  return Number.isFinite(wall) ? new Date(wall).toISOString().slice(0, 10) : '';
}

export function addDays(day: DayString, count: number): DayString {
  return formatDay(parseDay(day) + count * DAY_MS);
}

/** The midnight at or before a reading. */
export function startOfDay(wall: WallMs): WallMs {
  return Math.floor(wall / DAY_MS) * DAY_MS;
}

/** The Monday of the week that holds the day (ISO 8601). */
export function startOfWeek(day: DayString): DayString {
  const weekday = (new Date(parseDay(day)).getUTCDay() + 6) % 7;
  return addDays(day, -weekday);
}

export function isWeekend(wall: WallMs): boolean {
  const weekday = new Date(wall).getUTCDay();
  return weekday === 0 || weekday === 6;
}

/** Today's date on the clocks of a zone. */
export function today(zone: Zone, nowMs: number): DayString {
  return formatDay(zone.toWall(nowMs));
}

/** `2026-11-23T09:30`, the form of an `<input type="datetime-local">`. */
export function toLocalInput(wall: WallMs): string {
  return new Date(wall).toISOString().slice(0, 16);
}

/** The reading of a `datetime-local` field; undefined when it is empty or not a time. */
export function fromLocalInput(value: string): WallMs | undefined {
  // The form is checked first: engines read all sorts of text as some date.
  if (!/^\d{4,6}-\d{2}-\d{2}T\d{2}:\d{2}/.test(value)) return undefined;
  const wall = Date.parse(`${value.slice(0, 16)}:00Z`);
  return Number.isFinite(wall) ? wall : undefined;
}

/** An instant as the API writes it: `2026-11-23T09:00:00Z`. */
export function toApiInstant(instantMs: number): string {
  return new Date(instantMs).toISOString().replace('.000Z', 'Z');
}

/** `09:05` */
export function formatClock(wall: WallMs): string {
  return new Date(wall).toISOString().slice(11, 16);
}
