import { describe, expect, test } from 'vitest';
import type { Item } from './items';
import { DAY_MS, HOUR_MS, parseDay } from './time';
import { boxesBetween, firstHour, MIN_BOX_PX, Scale, timelineRows } from './timeline';

const monday = parseDay('2026-11-23');
const at = (day: number, hour: number) => monday + day * DAY_MS + hour * HOUR_MS;
const item = (id: string, room: string, from: number, until: number, more: Partial<Item> = {}): Item =>
  ({
    id,
    title: id,
    room,
    roomKey: room.toLowerCase(),
    from,
    start: from,
    end: until,
    until,
    allDay: false,
    ...more,
  }) as Item;

describe('scale', () => {
  const scale = new Scale(monday, 7, 6, 10); // 06:00 to 24:00, 180 px a day
  test.each([
    [at(0, 6), 0],
    [at(0, 3), 0], // left out: collapses onto the morning
    [at(0, 12), 60],
    [at(1, 6), 180],
    [at(6, 23.5), 7 * 180 - 5],
    [at(-1, 12), 0],
    [at(8, 12), 7 * 180],
  ])('%i is at %i px', (wall, x) => expect(scale.x(wall)).toBe(x));
});

describe('firstHour', () => {
  test('is 6 while nothing begins or ends in the small hours', () =>
    expect(
      firstHour([
        item('a', 'Hall', at(0, 8), at(0, 24)),
        item('b', 'Hall', at(0, 0), at(2, 0), { allDay: true }),
      ]),
    ).toBe(6));
  test('is 0 when something does', () => expect(firstHour([item('a', 'Hall', at(0, 20), at(1, 2))])).toBe(0));
});

describe('rows', () => {
  const scale = new Scale(monday, 7, 6, 10);
  const rooms = [
    { _id: '1', name: 'Hall' },
    { _id: '2', name: 'Atrium' },
  ];
  test('rooms of the list first, then other places by name, then no room', () => {
    const rows = timelineRows(
      rooms,
      [
        item('a', '', at(0, 9), at(0, 10)),
        item('b', 'Yard', at(0, 9), at(0, 10)),
        item('c', 'Dock', at(0, 9), at(0, 10)),
      ],
      scale,
    );
    expect(rows.map(({ name }) => name)).toEqual(['Hall', 'Atrium', 'Dock', 'Yard', '']);
  });
  test('places whose events are all out of view have no row', () =>
    expect(timelineRows(rooms, [item('a', 'Yard', at(9, 9), at(9, 10))], scale)).toHaveLength(2));
  test('overlapping events take lanes; a short one keeps the width of a target', () => {
    const [hall] = timelineRows(
      rooms,
      [
        item('a', 'Hall', at(0, 9), at(0, 9.5)),
        item('b', 'Hall', at(0, 10), at(0, 12)),
        item('c', 'Hall', at(0, 14), at(0, 16)),
      ],
      scale,
    );
    expect(hall?.lanes).toBe(2);
    expect(hall?.boxes.map(({ item: { id }, lane }) => id + lane)).toEqual(['a0', 'b1', 'c0']);
    expect((hall?.boxes[0]?.until ?? 0) - (hall?.boxes[0]?.x0 ?? 0)).toBe(MIN_BOX_PX);
  });
  test('an end at midnight is the end of its day', () => {
    const [hall] = timelineRows(rooms, [item('a', 'Hall', at(0, 20), at(0, 24))], scale);
    expect(hall?.boxes[0]).toMatchObject({ x0: 140, x1: 180, day: 0 });
  });
  test('an event from before the view belongs to its first day', () => {
    const [hall] = timelineRows(rooms, [item('a', 'Hall', at(-1, 20), at(0, 8))], scale);
    expect(hall?.boxes[0]).toMatchObject({ x0: 0, x1: 20, day: 0, startsHere: false });
  });

  test.each([
    [0, 100, 'ab'],
    [31, 40, 'b'], // a long one that began out of sight
    [60, 70, 'b'],
    [181, 300, 'c'],
    [300, 400, ''],
  ])('between %i and %i: %s', (left, right, found) => {
    const [hall] = timelineRows(
      rooms,
      [
        item('a', 'Hall', at(0, 6), at(0, 9)),
        item('b', 'Hall', at(0, 8), at(0, 18)),
        item('c', 'Hall', at(1, 7), at(1, 9)),
      ],
      scale,
    );
    expect(
      hall &&
        boxesBetween(hall, left, right)
          .map(({ item: { id } }) => id)
          .join(''),
    ).toBe(found);
  });
});
