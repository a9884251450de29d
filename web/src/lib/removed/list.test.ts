import { beforeAll, expect, test } from 'vitest';
import type { CalendarEvent } from '../api/types';
import { loadTemporal, zoneOf } from '../core/time';
import { blankEvent } from '../event/blank';
import { removedWhen, toChooseFrom, whenOf, withFound } from './list';

beforeAll(loadTemporal);

const event = (_id: string, removed_at?: string, more: Partial<CalendarEvent> = {}) =>
  blankEvent({
    _id,
    title: _id,
    start_time: '2026-12-31T22:00:00Z',
    end_time: '2026-12-31T22:30:00Z',
    ...(removed_at ? { removed_at } : {}),
    ...more,
  });
const ids = (list: readonly CalendarEvent[]) => list.map(({ _id }) => _id);

test('the last removed stands first, and what is back is gone', () => {
  const list = withFound(
    [],
    [event('a', '2026-11-20T08:00:00Z'), event('living'), event('b', '2026-11-27T08:00:00Z')],
  );
  expect(ids(list)).toEqual(['b', 'a']);
  expect(ids(withFound(list, [event('c', '2026-11-24T08:00:00Z'), event('b')]))).toEqual(['c', 'a']);
  const anew = withFound(list, [event('a', '2026-11-28T08:00:00Z', { revision: 7 })]);
  expect(anew.map(({ _id, revision }) => [_id, revision])).toEqual([
    ['a', 7],
    ['b', 0],
  ]);
});

test('what went with its series comes back with it', () => {
  const [together, before] = ['2026-11-27T08:00:00Z', '2026-11-20T08:00:00Z'];
  const list = [
    event('series', together, { is_recurring: true }),
    event('with it', together, { recurrence_master_id: 'series' }),
    event('before', before, { recurrence_master_id: 'series' }),
    event('of a living one', before, { recurrence_master_id: 'another' }),
  ];
  expect(ids(toChooseFrom(list))).toEqual(['series', 'before', 'of a living one']);
});

test('what is said of it', () => {
  const berlin = zoneOf('Europe/Berlin');
  expect(whenOf(event('a'), berlin)).toBe('Thu 31 Dec 2026, 23:00–23:30');
  const days = { all_day: true, start_time: '2027-01-02', end_time: '2027-01-03' };
  expect(whenOf(event('a', undefined, days), berlin)).toBe('Sat 2 Jan 2027');
  expect(whenOf(event('a', undefined, { ...days, is_recurring: true }), berlin)).toBe(
    'Series, first Sat 2 Jan 2027',
  );
  expect(removedWhen(event('a', '2026-11-27T13:05:00Z'), berlin)).toBe('27 Nov 2026, 14:05');
  expect(removedWhen(event('a'), berlin)).toBe('');
});
