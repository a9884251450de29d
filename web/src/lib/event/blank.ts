/** An event that no server has seen: every required field is there, so that views can draw it before it is saved. */
import type { CalendarEvent } from '../api/types';

export function blankEvent(known: Partial<CalendarEvent>): CalendarEvent {
  const start = known.start_time ?? '';
  const end = known.end_time ?? start;
  return {
    _id: '',
    user_id: '',
    calendar_id: '',
    title: '',
    start_time: start,
    end_time: end,
    all_day: false,
    is_recurring: false,
    is_cancelled: false,
    sync_status: 'not_synced',
    created_at: '',
    updated_at: '',
    time_zone: 'UTC',
    occupied_from: known.setup_start_time ?? start,
    occupied_until: known.teardown_end_time ?? end,
    span_class: 0,
    revision: 0,
    ...known,
  };
}
