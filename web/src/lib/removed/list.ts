/** Which removed events are listed, and what is said of each. */
import type { CalendarEvent } from '../api/types';
import { dateShort, dayOfYear, timeRange } from '../core/format';
import { wallTimes } from '../core/items';
import { formatClock, type Zone } from '../core/time';
import { text } from '../text';

/** Adds what was found to a list, newest version of each, the last removed first; what is back is not in it. */
export function withFound(
  list: readonly CalendarEvent[],
  found: readonly CalendarEvent[],
): readonly CalendarEvent[] {
  const byId = new Map(list.map((event) => [event._id, event]));
  for (const event of found)
    if (event.removed_at) byId.set(event._id, event);
    else byId.delete(event._id);
  return [...byId.values()].sort(
    (a, b) => Date.parse(b.removed_at ?? '') - Date.parse(a.removed_at ?? '') || (a._id < b._id ? -1 : 1),
  );
}

/** Without what comes back by itself: an exception that was removed together with its series. */
export function toChooseFrom(list: readonly CalendarEvent[]): readonly CalendarEvent[] {
  const removedAt = new Map(list.map((event) => [event._id, event.removed_at]));
  return list.filter(
    ({ recurrence_master_id: master, removed_at }) => !master || removedAt.get(master) !== removed_at,
  );
}

/** The event's own times, with the year, since they may be far away. */
export function whenOf(event: CalendarEvent, zone: Zone): string {
  const { start, end } = wallTimes(event, zone);
  const when = timeRange(start, end, event.all_day, dayOfYear);
  return event.is_recurring ? text.removed.series(when) : when;
}

/** `27 Nov 2026, 14:05` */
export function removedWhen(event: CalendarEvent, zone: Zone): string {
  if (!event.removed_at) return '';
  const wall = zone.toWall(Date.parse(event.removed_at));
  return `${dateShort(wall)}, ${formatClock(wall)}`;
}
