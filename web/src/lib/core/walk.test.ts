import { expect, test } from 'vitest';
import { walk, type Step } from './walk';

const rows = [
  [
    { id: 'a1', at: 0 },
    { id: 'a2', at: 100 },
    { id: 'a3', at: 300 },
  ],
  [],
  [
    { id: 'c1', at: 90 },
    { id: 'c2', at: 280 },
  ],
];

test.each<[number, string, Step, string | undefined]>([
  [0, 'a1', 'forward', 'a2'],
  [0, 'a1', 'back', undefined],
  [0, 'a3', 'forward', undefined],
  [0, 'a2', 'first', 'a1'],
  [0, 'a2', 'last', 'a3'],
  [0, 'a2', 'after', 'c1'], // over the empty row, to the nearest
  [0, 'a3', 'after', 'c2'],
  [2, 'c2', 'before', 'a3'],
  [2, 'c1', 'after', undefined],
  [0, 'gone', 'forward', undefined],
  [7, 'a1', 'forward', undefined],
])('row %i %s %s leads to %s', (row, id, step, found) => expect(walk(rows, row, id, step)?.id).toBe(found));
