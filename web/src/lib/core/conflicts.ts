/**
 * Room clashes among the events on the screen, for display only: the server is the judge of what may be saved.
 * Two events clash when their occupied intervals `[from, until)` overlap in one room; back to back is no clash.
 */
import type { Span } from './layout';
import { MINUTE_MS } from './time';

export interface Booking extends Span {
  id: string;
  title: string;
  room: string;
  /** Normalised room name; empty for "no room". */
  roomKey: string;
  /** False for what takes no room: cancelled, removed, shown as free. */
  blocks: boolean;
}

export interface Clash<T extends Booking = Booking> {
  earlier: T;
  later: T;
  /** `event`: the events themselves overlap. `buffer`: only set-up or teardown does. */
  kind: 'event' | 'buffer';
  minutes: number;
}

/** All clashing pairs, by a sweep over each room: O(n log n) plus the pairs found. */
export function clashes<T extends Booking>(bookings: readonly T[]): Clash<T>[] {
  const rooms = new Map<string, T[]>();
  for (const booking of bookings) {
    if (!booking.blocks || !booking.roomKey) continue;
    const list = rooms.get(booking.roomKey);
    if (list) list.push(booking);
    else rooms.set(booking.roomKey, [booking]);
  }
  const found: Clash<T>[] = [];
  for (const list of rooms.values()) {
    list.sort((a, b) => a.from - b.from);
    let open: T[] = [];
    for (const later of list) {
      open = open.filter((earlier) => earlier.until > later.from);
      for (const earlier of open) {
        const overlap = Math.min(earlier.until, later.until) - later.from;
        if (overlap <= 0) continue;
        const hard = earlier.start < later.end && later.start < earlier.end;
        found.push({
          earlier,
          later,
          kind: hard ? 'event' : 'buffer',
          minutes: Math.round(overlap / MINUTE_MS),
        });
      }
      open.push(later);
    }
  }
  return found;
}

/** The clashes of each event, by id. */
export function clashesById<T extends Booking>(found: readonly Clash<T>[]): Map<string, Clash<T>[]> {
  const byId = new Map<string, Clash<T>[]>();
  for (const clash of found)
    for (const { id } of [clash.earlier, clash.later]) {
      const list = byId.get(id);
      if (list) list.push(clash);
      else byId.set(id, [clash]);
    }
  return byId;
}
