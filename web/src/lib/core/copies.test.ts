import { expect, test } from 'vitest';
import type { CalendarEvent } from '../api/types';
import { blankEvent } from '../event/blank';
import { withoutCopies } from './copies';
import { Palette, toItem } from './items';
import { loadTemporal, zoneOf } from './time';

await loadTemporal();

const item = (id: string, user: string, more: Partial<CalendarEvent> = {}) =>
  toItem(
    blankEvent({
      _id: id,
      user_id: user,
      title: 'Week planning',
      location: 'Boardroom',
      start_time: '2026-11-23T08:00:00Z',
      end_time: '2026-11-23T08:30:00Z',
      ...more,
    }),
    zoneOf('UTC'),
    new Palette([], []),
  );
const setup = { setup_start_time: '2026-11-23T07:00:00Z' };

test.each([
  ['the own copy is kept', [item('a', 'jonas', setup), item('b', 'ada')], 'ada', ['b']],
  ['else the one that takes the room longest', [item('a', 'jonas'), item('b', 'mira', setup)], 'ada', ['b']],
  ['else the first', [item('a', 'jonas'), item('b', 'mira')], undefined, ['a']],
  [
    'another time is another meeting',
    [item('a', 'ada'), item('b', 'jonas', { start_time: '2026-11-23T07:45:00Z' })],
    'ada',
    ['a', 'b'],
  ],
  ['so is another room', [item('a', 'ada'), item('b', 'jonas', { location: 'Atrium' })], 'ada', ['a', 'b']],
  ['two of one person are two', [item('a', 'ada'), item('b', 'ada')], 'ada', ['a', 'b']],
  [
    'the order stays',
    [item('c', 'mira', { title: 'x' }), item('a', 'jonas'), item('b', 'ada')],
    'ada',
    ['c', 'b'],
  ],
])('%s', (_, items, me, kept) => expect(withoutCopies(items, me).map(({ id }) => id)).toEqual(kept));
