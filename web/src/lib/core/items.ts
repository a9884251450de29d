/** Events of the API as the views need them: wall times of one zone, a normalised room, a tint. */
import type { Calendar, CalendarEvent, Category } from '../api/types';
import { text } from '../text';
import { tintOf, type Tint } from './colour';
import type { Booking } from './conflicts';
import { MINUTE_MS, parseDay, type Zone } from './time';

export type ItemStatus = 'confirmed' | 'tentative' | 'cancelled';

export interface Item extends Booking {
  event: CalendarEvent;
  allDay: boolean;
  status: ItemStatus;
  /** Key of the category filter; empty for none. */
  category: string;
  tint: Tint;
}

export const NO_CATEGORY = '';

/** How names are compared: spaces and capitals do not matter. */
export function nameKey(name: string | undefined): string {
  return (name ?? '').trim().replace(/\s+/g, ' ').toLocaleLowerCase('en');
}

/** The title as it is shown: Outlook knows events without one. */
export const titleOf = (event: Pick<CalendarEvent, 'title'>): string =>
  event.title.trim() ? event.title : text.view.untitled;

/** The shared category, else the internal one. */
export function categoryOf(event: CalendarEvent): string {
  return event.category || event.internal_category || event.categories?.[0] || '';
}

/** Tints by category key and by calendar id. */
export class Palette {
  readonly #categories: Map<string, Tint>;
  readonly #calendars: Map<string, Tint>;

  constructor(
    categories: readonly Pick<Category, 'name' | 'color'>[],
    calendars: readonly Pick<Calendar, '_id' | 'color'>[],
  ) {
    this.#categories = new Map(categories.map(({ name, color }) => [nameKey(name), tintOf(color)]));
    this.#calendars = new Map(calendars.map(({ _id, color }) => [_id, tintOf(color)]));
  }

  tint(category: string, calendarId: string): Tint {
    if (category) return this.#categories.get(category) ?? tintOf(category);
    return this.#calendars.get(calendarId) ?? tintOf(undefined);
  }
}

/** The times of an event on the clocks of a zone. An all-day event is a date and stays on it in every zone. */
export function wallTimes(
  event: CalendarEvent,
  zone: Zone,
): { from: number; start: number; end: number; until: number } {
  const wall = (instant: string) => zone.toWall(Date.parse(instant));
  const start = event.all_day ? parseDay(event.start_time.slice(0, 10)) : wall(event.start_time);
  const end = Math.max(start, event.all_day ? parseDay(event.end_time.slice(0, 10)) : wall(event.end_time));
  return {
    start,
    end,
    from: event.setup_start_time ? Math.min(start, wall(event.setup_start_time)) : start,
    until: event.teardown_end_time ? Math.max(end, wall(event.teardown_end_time)) : end,
  };
}

export function toItem(event: CalendarEvent, zone: Zone, palette: Palette): Item {
  const category = nameKey(categoryOf(event));
  const cancelled = event.is_cancelled === true;
  return {
    id: event._id,
    event,
    title: titleOf(event),
    room: event.location?.trim() ?? '',
    roomKey: nameKey(event.location),
    ...wallTimes(event, zone),
    allDay: event.all_day,
    status: cancelled ? 'cancelled' : event.show_as === 'tentative' ? 'tentative' : 'confirmed',
    blocks: !cancelled && !event.removed_at && event.show_as !== 'free',
    category,
    tint: palette.tint(category, event.calendar_id),
  };
}

/** Came from Outlook, so its shared fields are changed there. */
export function isFromOutlook(
  event: CalendarEvent,
  calendar: Pick<Calendar, 'outlook_calendar_id'> | undefined,
): boolean {
  return event.outlook_event_id !== undefined || calendar?.outlook_calendar_id !== undefined;
}

/** One event of a series: an exception, or an occurrence computed from its master. */
export function isOccurrence(event: CalendarEvent): boolean {
  return event.recurrence_master_id !== undefined && event.recurrence_master_id !== event._id;
}

/** An occurrence that is stored by itself, because it differs from its series. */
export function isException(event: CalendarEvent): boolean {
  return isOccurrence(event) && !event._id.includes(':');
}

export const setupMinutes = (item: Item) => Math.round((item.start - item.from) / MINUTE_MS);
export const teardownMinutes = (item: Item) => Math.round((item.until - item.end) / MINUTE_MS);
