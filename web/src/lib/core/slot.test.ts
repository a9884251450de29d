import { expect, test } from 'vitest';
import { slotStart } from './slot';
import { HOUR_MS, parseDay } from './time';

test.each([
  // pixels, pixels of an hour, first hour, the hour of the slot
  [0, 50, 0, 0],
  [49, 50, 0, 0.5],
  [524, 50, 0, 10],
  [525, 50, 0, 10.5],
  [130, 62, 6, 8],
  [1199.9, 50, 0, 23.5],
  [1300, 50, 0, 23.5],
  [-3, 50, 0, 0],
])('%d px at %d px an hour from %d', (px, hourPx, fromHour, hours) => {
  const day = parseDay('2026-11-23');
  expect(slotStart(day, px, hourPx, fromHour)).toBe(day + hours * HOUR_MS);
});
