/**
 * The form of an event: fields as the person types them, and their way back to a merge patch.
 * Times are kept as text of `datetime-local` (or date) fields on the clocks of the chosen zone.
 */
import type { CalendarEvent, EventPatch, NewEvent, PriorityLevel } from '../api/types';
import { amountText, parseAmount } from '../core/amount';
import { wallTimes } from '../core/items';
import {
  DAY_MS,
  formatDay,
  fromLocalInput,
  HOUR_MS,
  isDay,
  parseDay,
  startOfDay,
  toApiInstant,
  toLocalInput,
  type WallMs,
  type Zone,
} from '../core/time';

export interface Draft {
  title: string;
  all_day: boolean;
  /** `YYYY-MM-DDTHH:MM`, or `YYYY-MM-DD` when all day; the end of an all-day event is its last day. */
  start_time: string;
  end_time: string;
  location: string;
  category: string;
  description: string;
  setup_start_time: string;
  setup_end_time: string;
  teardown_start_time: string;
  teardown_end_time: string;
  internal_notes: string;
  equipment_required: string[];
  staff_assigned: string[];
  budget_allocated: string;
  client_contact: string;
  internal_category: string;
  priority_level: string;
}

export type DraftField = keyof Draft;

export const SHARED: readonly DraftField[] = [
  'title',
  'all_day',
  'start_time',
  'end_time',
  'location',
  'category',
  'description',
];
const TIMES = ['setup_start_time', 'setup_end_time', 'teardown_start_time', 'teardown_end_time'] as const;
const TEXTS = ['internal_notes', 'client_contact', 'internal_category'] as const;
const LISTS = ['equipment_required', 'staff_assigned'] as const;

export function draftOf(event: CalendarEvent, zone: Zone): Draft {
  const { start, end } = wallTimes(event, zone);
  const time = (instant: string | undefined) =>
    instant ? toLocalInput(zone.toWall(Date.parse(instant))) : '';
  return {
    title: event.title,
    all_day: event.all_day,
    start_time: event.all_day ? formatDay(start) : toLocalInput(start),
    end_time: event.all_day ? formatDay(Math.max(start, end - DAY_MS)) : toLocalInput(end),
    location: event.location ?? '',
    category: event.category ?? '',
    description: event.description ?? '',
    setup_start_time: time(event.setup_start_time),
    setup_end_time: time(event.setup_end_time),
    teardown_start_time: time(event.teardown_start_time),
    teardown_end_time: time(event.teardown_end_time),
    internal_notes: event.internal_notes ?? '',
    equipment_required: [...(event.equipment_required ?? [])],
    staff_assigned: [...(event.staff_assigned ?? [])],
    budget_allocated: event.budget_allocated === undefined ? '' : amountText(event.budget_allocated),
    client_contact: event.client_contact ?? '',
    internal_category: event.internal_category ?? '',
    priority_level: event.priority_level ?? '',
  };
}

/** The fields that differ from what the form began with. */
export function changedFields(before: Draft, now: Draft): DraftField[] {
  return (Object.keys(now) as DraftField[]).filter(
    (field) => JSON.stringify(before[field]) !== JSON.stringify(now[field]),
  );
}

/** Switching "all day" keeps the dates and, back again, gives 09:00 to 17:00. */
export function setAllDay(draft: Draft, allDay: boolean): void {
  if (draft.all_day === allDay) return;
  draft.all_day = allDay;
  draft.start_time = allDay ? draft.start_time.slice(0, 10) : `${draft.start_time}T09:00`;
  draft.end_time = allDay ? draft.end_time.slice(0, 10) : `${draft.end_time}T17:00`;
}

/** To another beginning: as long as it was, set-up and teardown with it. */
export function moveDraft(draft: Draft, start: WallMs): void {
  setAllDay(draft, false);
  const [from, until] = [draft.start_time, draft.end_time].map(fromLocalInput);
  const length = from !== undefined && until !== undefined && until > from ? until - from : HOUR_MS;
  for (const field of TIMES) {
    const time = fromLocalInput(draft[field]);
    if (time !== undefined && from !== undefined) draft[field] = toLocalInput(time + start - from);
  }
  draft.start_time = toLocalInput(start);
  draft.end_time = toLocalInput(start + length);
}

export type Problems = Partial<Record<DraftField, string>>;

/** The words for what is wrong. */
export interface ProblemWords {
  titleMissing: string;
  timeMissing: string;
  endFirst: string;
  notANumber: string;
  setupLate: string;
  teardownEarly: string;
}

/**
 * What can be seen to be wrong before the server is asked, by the rules that look at one of `fields`. What nobody
 * touched is not looked at: Outlook knows events without a title or of no length, and so they stay.
 */
export function check(
  draft: Draft,
  text: ProblemWords,
  fields = Object.keys(draft) as readonly DraftField[],
): Problems {
  const problems: Problems = {};
  const touched = (...looked: DraftField[]) => looked.some((field) => fields.includes(field));
  const { start_time: start, end_time: end, setup_start_time: setup, teardown_end_time: teardown } = draft;
  if (touched('title') && !draft.title.trim()) problems.title = text.titleMissing;
  if (touched('all_day', 'start_time', 'end_time')) {
    if (!start) problems.start_time = text.timeMissing;
    if (!end) problems.end_time = text.timeMissing;
    if (start && end && (draft.all_day ? end < start : end <= start)) problems.end_time = text.endFirst;
  }
  if (
    touched('budget_allocated') &&
    draft.budget_allocated.trim() &&
    parseAmount(draft.budget_allocated) === undefined
  )
    problems.budget_allocated = text.notANumber;
  // Texts of one form compare as times do; all-day events have only dates to compare with.
  const width = draft.all_day ? 10 : 16;
  if (touched('setup_start_time', 'start_time') && setup && start && setup.slice(0, width) > start)
    problems.setup_start_time = text.setupLate;
  if (touched('setup_start_time', 'setup_end_time') && setup && isBefore(draft.setup_end_time, setup))
    problems.setup_end_time = text.endFirst;
  if (touched('teardown_end_time', 'end_time') && isBefore(teardown.slice(0, width), end))
    problems.teardown_end_time = text.teardownEarly;
  if (touched('teardown_start_time', 'teardown_end_time') && isBefore(teardown, draft.teardown_start_time))
    problems.teardown_end_time = text.endFirst;
  return problems;
}

/** Of two times that are both given. */
const isBefore = (time: string, other: string) => Boolean(time && other && time < other);

/** The merge patch for some fields; an emptied field becomes null. */
export function toPatch(draft: Draft, fields: readonly DraftField[], zone: Zone): EventPatch {
  const wanted = new Set<DraftField>(fields);
  // Start, end and all-day only make sense together.
  if (wanted.has('all_day') || wanted.has('start_time') || wanted.has('end_time'))
    for (const field of ['all_day', 'start_time', 'end_time'] as const) wanted.add(field);
  const patch: EventPatch = {};
  if (wanted.has('title')) patch.title = draft.title.trim();
  if (wanted.has('all_day')) {
    patch.all_day = draft.all_day;
    patch.start_time = draft.all_day ? draft.start_time : (instant(draft.start_time, zone) ?? null);
    patch.end_time = draft.all_day
      ? formatDay(parseDay(draft.end_time) + DAY_MS)
      : (instant(draft.end_time, zone) ?? null);
    patch.time_zone = zone.name;
  }
  for (const field of ['location', 'category', 'description'] as const)
    if (wanted.has(field)) patch[field] = draft[field].trim() || null;
  for (const field of TIMES) if (wanted.has(field)) patch[field] = instant(draft[field], zone) ?? null;
  for (const field of TEXTS) if (wanted.has(field)) patch[field] = draft[field].trim() || null;
  for (const field of LISTS) if (wanted.has(field)) patch[field] = [...draft[field]];
  if (wanted.has('budget_allocated')) patch.budget_allocated = parseAmount(draft.budget_allocated) ?? null;
  if (wanted.has('priority_level'))
    patch.priority_level = (draft.priority_level || null) as PriorityLevel | null;
  return patch;
}

function instant(input: string, zone: Zone): string | undefined {
  const wall = fromLocalInput(input);
  return wall === undefined ? undefined : toApiInstant(zone.toInstant(wall));
}

/** A new event's document: every field that has a value. */
export function toNewEvent(draft: Draft, calendarId: string, zone: Zone): NewEvent {
  const patch = toPatch(draft, Object.keys(draft) as DraftField[], zone);
  const filled = Object.entries(patch).filter(
    ([, value]) => value !== null && !(Array.isArray(value) && !value.length),
  );
  return { ...(Object.fromEntries(filled) as unknown as NewEvent), calendar_id: calendarId };
}

/** The event as it would be with a patch: what the views show while the form is open. */
export function applyPatch(event: CalendarEvent, patch: EventPatch): CalendarEvent {
  const kept = Object.entries({ ...event, ...patch }).filter(([, value]) => value !== null);
  return Object.fromEntries(kept) as unknown as CalendarEvent;
}

/**
 * A patch made on one occurrence, for the master of its series: times keep their distance from the start on the clock,
 * so that 08:00 stays 08:00 over a change of the clocks, and an event moved by an hour moves its series by an hour.
 */
export function patchForMaster(
  patch: EventPatch,
  occurrence: CalendarEvent,
  master: CalendarEvent,
  zone: Zone,
): EventPatch {
  const [there, here] = [wallTimes(master, zone).start, wallTimes(occurrence, zone).start];
  const moved: EventPatch = { ...patch };
  for (const field of [...TIMES, 'start_time', 'end_time'] as const) {
    const value = patch[field];
    if (!value) continue;
    moved[field] = isDay(value)
      ? formatDay(parseDay(value) + startOfDay(there) - startOfDay(here))
      : toApiInstant(zone.toInstant(zone.toWall(Date.parse(value)) + there - here));
  }
  return moved;
}
