/** The internal fields of an event that is only read, as rows of label and text; what is empty has no row. */
import type { CalendarEvent } from '../api/types';
import { timeRange } from '../core/format';
import type { Zone } from '../core/time';
import { text } from '../text';

export interface Row {
  label: string;
  value: string;
}

/** The rows, in the order of the form that changes them. Set-up and teardown reach to the event where they say no more. */
export function internalRows(event: CalendarEvent, zone: Zone): Row[] {
  const words = text.event;
  const range = (from: string, until: string) =>
    timeRange(zone.toWall(Date.parse(from)), zone.toWall(Date.parse(until)), false);
  const {
    setup_start_time: setup,
    setup_end_time: setupEnd,
    teardown_start_time: teardown,
    teardown_end_time: teardownEnd,
  } = event;
  const rows: [string, string | undefined][] = [
    [words.setup, setup && range(setup, setupEnd ?? event.start_time)],
    [words.teardown, teardownEnd && range(teardown ?? event.end_time, teardownEnd)],
    [words.notes, event.internal_notes],
    [words.equipment, event.equipment_required?.join(', ')],
    [words.staff, event.staff_assigned?.join(', ')],
    [words.client, event.client_contact],
    [words.budget, event.budget_allocated?.toString()],
    [words.priority, event.priority_level && words.priorities[event.priority_level]],
    [words.internalCategory, event.internal_category],
  ];
  return rows.flatMap(([label, value]) => (value ? [{ label, value }] : []));
}
