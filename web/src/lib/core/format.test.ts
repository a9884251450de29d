import { expect, test } from 'vitest';
import { dayRange, duration, fileSize, timeRange } from './format';
import { DAY_MS, parseDay } from './time';

const wall = (reading: string) => Date.parse(`${reading}Z`);

test.each([
  ['2026-11-23', 7, '23 – 29 November 2026'],
  ['2026-11-30', 7, '30 November – 6 December 2026'],
  ['2026-12-28', 7, '28 Dec 2026 – 3 Jan 2027'],
  ['2026-11-26', 1, 'Thursday 26 November 2026'],
])('%s and %i days', (day, days, words) =>
  expect(dayRange(parseDay(day), parseDay(day) + days * DAY_MS)).toBe(words),
);

test('short months where there is less room', () =>
  expect(dayRange(parseDay('2026-11-23'), parseDay('2026-11-30'), 'short')).toBe('23 – 29 Nov 2026'));

test.each([
  ['2026-11-23T09:00', '2026-11-23T16:00', false, 'Mon 23 Nov, 09:00–16:00'],
  ['2026-11-23T21:00', '2026-11-24T00:00', false, 'Mon 23 Nov, 21:00–00:00'],
  ['2026-11-23T21:00', '2026-11-24T01:30', false, 'Mon 23 Nov, 21:00 – Tue 24 Nov, 01:30'],
  ['2026-11-23T00:00', '2026-11-24T00:00', true, 'Mon 23 Nov'],
  ['2026-11-23T00:00', '2026-11-25T00:00', true, 'Mon 23 Nov – Tue 24 Nov'],
])('%s to %s', (start, end, allDay, words) => expect(timeRange(wall(start), wall(end), allDay)).toBe(words));

test.each([
  [0, '0 min'],
  [45, '45 min'],
  [60, '1 h'],
  [90, '1 h 30 min'],
])('%i minutes', (minutes, words) => expect(duration(minutes * 60_000)).toBe(words));

test.each([
  [0, '0 B'],
  [812, '812 B'],
  [1_000, '1 kB'],
  [1_240, '1.2 kB'],
  [48_211, '48 kB'],
  [9_960_000, '10 MB'],
  [3_400_000_000, '3.4 GB'],
])('%i bytes', (bytes, words) => expect(fileSize(bytes)).toBe(words));
