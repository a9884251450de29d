import { describe, expect, test } from 'vitest';
import { clashes, clashesById, type Booking } from './conflicts';
import { HOUR_MS } from './time';

function booking(
  id: string,
  room: string,
  from: number,
  start: number,
  end: number,
  until: number,
  blocks = true,
): Booking {
  return {
    id,
    title: id,
    room,
    roomKey: room.toLowerCase(),
    from: from * HOUR_MS,
    start: start * HOUR_MS,
    end: end * HOUR_MS,
    until: until * HOUR_MS,
    blocks,
  };
}
const found = (...list: Booking[]) =>
  clashes(list).map(({ earlier, later, kind, minutes }) => `${earlier.id}-${later.id} ${kind} ${minutes}`);

describe('clashes', () => {
  test('back to back is none', () =>
    expect(found(booking('a', 'Hall', 8, 9, 11, 12), booking('b', 'Hall', 12, 13, 14, 15))).toEqual([]));
  test('teardown meets set-up', () =>
    expect(found(booking('a', 'Hall', 8, 9, 11, 12.5), booking('b', 'Hall', 12, 13, 14, 15))).toEqual([
      'a-b buffer 30',
    ]));
  test('the events themselves overlap', () =>
    expect(found(booking('a', 'Hall', 9, 9, 12, 12), booking('b', 'Hall', 11, 11, 14, 14))).toEqual([
      'a-b event 60',
    ]));
  test('set-up inside the other event is a buffer clash', () =>
    expect(found(booking('a', 'Hall', 9, 9, 12, 12), booking('b', 'Hall', 11, 12, 14, 14))).toEqual([
      'a-b buffer 60',
    ]));
  test('another room, no room and what does not block are none', () =>
    expect(
      found(
        booking('a', 'Hall', 9, 9, 12, 12),
        booking('b', 'Atrium', 9, 9, 12, 12),
        booking('c', '', 9, 9, 12, 12),
        booking('d', '', 9, 9, 12, 12),
        booking('e', 'Hall', 9, 9, 12, 12, false),
      ),
    ).toEqual([]));
  test('names differ in capitals only: one room', () =>
    expect(found(booking('a', 'Hall', 9, 9, 12, 12), booking('b', 'HALL', 10, 10, 11, 11))).toEqual([
      'a-b event 60',
    ]));
  test('a long one clashes with each it spans', () =>
    expect(
      found(
        booking('c', 'Hall', 14, 14, 15, 15),
        booking('a', 'Hall', 8, 8, 20, 20),
        booking('b', 'Hall', 9, 9, 10, 10),
      ),
    ).toEqual(['a-b event 60', 'a-c event 60']));

  test('agrees with comparing every pair', () => {
    let seed = 3;
    const random = (below: number) => (seed = (seed * 16_807) % 2_147_483_647) % below;
    const list = Array.from({ length: 120 }, (_, n) => {
      const from = random(200);
      const start = from + random(3);
      const end = start + 1 + random(5);
      return booking(`${n}`, `Room ${random(4)}`, from, start, end, end + random(3));
    });
    let pairs = 0;
    for (const [n, a] of list.entries())
      for (const b of list.slice(n + 1))
        if (a.roomKey === b.roomKey && a.from < b.until && b.from < a.until) pairs++;
    expect(clashes(list)).toHaveLength(pairs);
  });
});

test('clashesById names both sides', () => {
  const byId = clashesById(
    clashes([booking('a', 'Hall', 9, 9, 12, 12), booking('b', 'Hall', 10, 10, 11, 11)]),
  );
  expect([...byId.keys()].sort()).toEqual(['a', 'b']);
});
