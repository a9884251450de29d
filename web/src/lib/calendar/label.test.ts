import { expect, test } from 'vitest';
import type { Item } from '../core/items';
import { splitByDay } from '../core/layout';
import { DAY_MS, HOUR_MS, parseDay } from '../core/time';
import { lineOfDay } from './label';

const monday = parseDay('2026-11-23');
const item = (from: number, start: number, end: number, until: number, allDay = false) => {
  const at = (hours: number) => monday + hours * HOUR_MS;
  return { title: 'Gala', allDay, from: at(from), start: at(start), end: at(end), until: at(until) } as Item;
};
const lines = (item: Item) =>
  splitByDay(item, monday - DAY_MS, 4).map((piece) => {
    const { when, title } = lineOfDay(piece);
    return [piece.day, when, title];
  });

test.each<[string, Item, unknown[]]>([
  ['one day', item(6, 8, 10, 11), [[1, '08:00–10:00', 'Gala']]],
  [
    'set-up on the day before',
    item(-6, 8, 10, 10),
    [
      [0, '18:00–00:00', 'Set-up: Gala'],
      [1, '08:00–10:00', 'Gala'],
    ],
  ],
  [
    'teardown past midnight',
    item(20, 21, 23, 25.5),
    [
      [1, '21:00–23:00', 'Gala'],
      [2, '00:00–01:30', 'Teardown: Gala'],
    ],
  ],
  [
    'all day, with set-up before',
    item(-4, 0, 24, 24, true),
    [
      [0, '20:00–00:00', 'Set-up: Gala'],
      [1, 'All day', 'Gala'],
    ],
  ],
  ['of no length', item(9, 9, 9, 9), [[1, '09:00–09:00', 'Gala']]],
  [
    'of no length, with set-up on the day before',
    item(-6, 8, 8, 8),
    [
      [0, '18:00–00:00', 'Set-up: Gala'],
      [1, '08:00–08:00', 'Gala'],
    ],
  ],
])('%s', (_, item, expected) => expect(lines(item)).toEqual(expected));
