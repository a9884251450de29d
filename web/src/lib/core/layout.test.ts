import { describe, expect, test } from 'vitest';
import { buffersByDay, clip, columns, lanes, splitByDay, upperBound } from './layout';
import { DAY_MS, HOUR_MS } from './time';

const span = (from: number, start: number, end: number, until: number) => ({
  from: from * HOUR_MS,
  start: start * HOUR_MS,
  end: end * HOUR_MS,
  until: until * HOUR_MS,
});
const hours = (piece: { from: number; start: number; end: number; until: number } | undefined) =>
  piece && [piece.from, piece.start, piece.end, piece.until].map((ms) => ms / HOUR_MS);

describe('clip', () => {
  test.each([
    // name, span, expected from/start/end/until, starts here, ends here
    ['inside', span(8, 9, 16, 17), [8, 9, 16, 17], true, true],
    ['set-up before the view', span(-2, 1, 3, 4), [0, 1, 3, 4], true, true],
    ['begun before the view', span(-5, -3, 3, 4), [0, 0, 3, 4], false, true],
    ['only the teardown is left', span(-5, -3, -1, 4), [0, 0, 0, 4], false, false],
    ['only the set-up is seen', span(22, 25, 27, 28), [22, 24, 24, 24], false, false],
    ['ends at midnight', span(20, 21, 24, 24), [20, 21, 24, 24], true, true],
    ['longer than the view', span(-9, -8, 40, 41), [0, 0, 24, 24], false, false],
  ])('%s', (_, item, expected, startsHere, endsHere) => {
    const piece = clip(item, 0, DAY_MS);
    expect(hours(piece)).toEqual(expected);
    expect([piece?.startsHere, piece?.endsHere]).toEqual([startsHere, endsHere]);
  });

  test('what only touches the view is not in it', () => {
    expect(clip(span(-3, -2, -1, 0), 0, DAY_MS)).toBeUndefined();
    expect(clip(span(24, 25, 26, 27), 0, DAY_MS)).toBeUndefined();
  });

  test('an event of no length still shows', () => {
    expect(clip(span(9, 9, 9, 9), 0, DAY_MS)).toBeDefined();
    expect(clip(span(0, 0, 0, 0), 0, DAY_MS)).toBeDefined();
  });
});

describe('splitByDay', () => {
  const days = (...args: [number, number, number, number]) =>
    splitByDay(span(...args), 0, 3).map((piece) => [piece.day, ...(hours(piece) ?? [])]);

  test('one day stays whole', () => expect(days(8, 9, 16, 17)).toEqual([[0, 8, 9, 16, 17]]));
  test('an event over midnight is cut there', () =>
    expect(days(20, 21, 25, 26)).toEqual([
      [0, 20, 21, 24, 24],
      [1, 24, 24, 25, 26],
    ]));
  test('a teardown over midnight falls on the next day', () =>
    expect(days(20, 21, 23, 25)).toEqual([
      [0, 20, 21, 23, 24],
      [1, 24, 24, 24, 25],
    ]));
  test('an end at midnight does not open the next day', () =>
    expect(days(20, 21, 24, 24)).toEqual([[0, 20, 21, 24, 24]]));
  test('what begins before the view and ends after it fills each day', () =>
    expect(days(-10, -9, 100, 101).map(([day]) => day)).toEqual([0, 1, 2]));
  test('outside is nothing', () => {
    expect(days(-10, -9, -2, -1)).toEqual([]);
    expect(days(72, 73, 74, 75)).toEqual([]);
  });
});

test('set-up and teardown of what lasts for days are pieces of their own', () => {
  const days = (...args: [number, number, number, number]) =>
    buffersByDay(span(...args), 0, 3).map((piece) => [piece.day, ...(hours(piece) ?? [])]);
  expect(days(18, 24, 48, 50)).toEqual([
    [0, 18, 24, 24, 24],
    [2, 48, 48, 48, 50],
  ]);
  expect(days(24, 24, 48, 48)).toEqual([]);
  expect(days(-6, 0, 24, 24)).toEqual([]);
});

const extent = (name: string, from: number, until: number) => ({ name, from, until });

describe('lanes', () => {
  test('back to back shares a lane, an overlap takes the next, the lowest free one is used again', () => {
    const { placed, count } = lanes([
      extent('c', 10, 12),
      extent('a', 8, 10),
      extent('b', 9, 11),
      extent('d', 11, 13),
    ]);
    expect(count).toBe(2);
    expect(placed.map(({ item, lane }) => `${item.name}${lane}`)).toEqual(['a0', 'b1', 'c0', 'd1']);
  });
  test('nothing needs no lane', () => expect(lanes([])).toEqual({ placed: [], count: 0 }));

  test('no two items of a lane overlap, and no fewer lanes would do', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 16_807) % 2_147_483_647) % below;
    for (let round = 0; round < 50; round++) {
      const items = Array.from({ length: 40 }, (_, n) => {
        const from = random(100);
        return extent(`${n}`, from, from + 1 + random(20));
      });
      const { placed, count } = lanes(items);
      for (const a of placed)
        for (const b of placed)
          if (a !== b && a.lane === b.lane)
            expect(a.item.from >= b.item.until || b.item.from >= a.item.until).toBe(true);
      const most = Math.max(
        ...items.map(({ from }) => items.filter((i) => i.from <= from && i.until > from).length),
      );
      expect(count).toBe(most);
    }
  });
});

describe('columns', () => {
  const packed = (...items: ReturnType<typeof extent>[]) =>
    columns(items).map(
      ({ item, column, columns: count, span: taken }) => `${item.name} ${column}/${count}+${taken}`,
    );

  test('one alone has the whole width', () => expect(packed(extent('a', 8, 9))).toEqual(['a 0/1+1']));
  test('two at once share it', () =>
    expect(packed(extent('a', 8, 10), extent('b', 9, 11))).toEqual(['a 0/2+1', 'b 1/2+1']));
  test('a run ends where nothing overlaps', () =>
    expect(packed(extent('a', 8, 10), extent('b', 9, 11), extent('c', 11, 12))).toEqual([
      'a 0/2+1',
      'b 1/2+1',
      'c 0/1+1',
    ]));
  test('free columns to the right are taken', () =>
    expect(packed(extent('a', 8, 20), extent('b', 8, 10), extent('c', 8, 9), extent('d', 12, 13))).toEqual([
      'a 0/3+1',
      'b 1/3+1',
      'c 2/3+1',
      'd 1/3+2',
    ]));
});

test('upperBound', () => {
  const list = [0, 10, 20, 30];
  expect([-1, 0, 9, 10, 30, 99].map((value) => upperBound(list, value))).toEqual([0, 1, 1, 2, 4, 4]);
  expect(upperBound([], 5)).toBe(0);
});
