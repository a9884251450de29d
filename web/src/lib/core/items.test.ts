import { beforeAll, expect, test } from 'vitest';
import type { CalendarEvent } from '../api/types';
import { isFromOutlook, isOccurrence, nameKey, Palette, toItem, wallTimes } from './items';
import { blankEvent } from '../event/blank';
import { loadTemporal, toLocalInput, zoneOf } from './time';

beforeAll(loadTemporal);

const event = (more: Partial<CalendarEvent> = {}): CalendarEvent =>
  blankEvent({
    _id: '5f',
    user_id: 'u',
    calendar_id: 'c',
    title: 'Gala',
    start_time: '2026-11-23T17:00:00Z',
    end_time: '2026-11-23T22:00:00Z',
    all_day: false,
    revision: 1,
    ...more,
  });
const readings = (more: Partial<CalendarEvent>, zone: string) => {
  const { from, start, end, until } = wallTimes(event(more), zoneOf(zone));
  return [from, start, end, until].map(toLocalInput);
};

test('set-up and teardown widen the time that the room is taken', () => {
  expect(
    readings(
      { setup_start_time: '2026-11-23T13:00:00Z', teardown_end_time: '2026-11-23T23:30:00Z' },
      'Europe/Berlin',
    ),
  ).toEqual(['2026-11-23T14:00', '2026-11-23T18:00', '2026-11-23T23:00', '2026-11-24T00:30']);
});

test.each(['Pacific/Kiritimati', 'UTC', 'America/Los_Angeles'])(
  'an all-day event keeps its dates in %s',
  (zone) => {
    expect(readings({ all_day: true, start_time: '2026-11-23', end_time: '2026-11-25' }, zone)).toEqual([
      '2026-11-23T00:00',
      '2026-11-23T00:00',
      '2026-11-25T00:00',
      '2026-11-25T00:00',
    ]);
  },
);

test('an event within the doubled hour never ends before it begins', () => {
  // 02:45 summer time to 02:15 winter time, half an hour later
  const [, start, end] = readings(
    { start_time: '2026-10-25T00:45:00Z', end_time: '2026-10-25T01:15:00Z' },
    'Europe/Berlin',
  );
  expect([start, end]).toEqual(['2026-10-25T02:45', '2026-10-25T02:45']);
});

test('what blocks a room, and how it looks', () => {
  const palette = new Palette([{ name: 'Gala Dinner', color: '#8150c8' }], [{ _id: 'c', color: '#ff0000' }]);
  const item = (more: Partial<CalendarEvent>) => toItem(event(more), zoneOf('UTC'), palette);
  expect(item({}).blocks).toBe(true);
  expect(item({ show_as: 'free' }).blocks).toBe(false);
  expect(item({ is_cancelled: true })).toMatchObject({ blocks: false, status: 'cancelled' });
  expect(item({ removed_at: '2026-11-01T00:00:00Z' }).blocks).toBe(false);
  expect(item({ show_as: 'tentative' }).status).toBe('tentative');
  expect(item({ category: 'gala  dinner ' }).tint).toEqual(item({ internal_category: 'Gala dinner' }).tint);
  expect(item({}).tint).not.toEqual(item({ category: 'gala dinner' }).tint); // the calendar's colour
  expect(item({ location: ' Grand  Hall' }).roomKey).toBe('grand hall');
});

test('names, origins, series', () => {
  expect(nameKey(undefined)).toBe('');
  expect(isFromOutlook(event({ outlook_event_id: 'AAMk' }), undefined)).toBe(true);
  expect(isFromOutlook(event(), { outlook_calendar_id: 'AAMk' })).toBe(true);
  expect(isFromOutlook(event(), {})).toBe(false);
  expect(isOccurrence(event({ recurrence_master_id: 'm' }))).toBe(true);
  expect(isOccurrence(event({ recurrence_master_id: '5f' }))).toBe(false);
});
