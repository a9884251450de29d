import { expect, test } from 'vitest';
import { tintOf } from './colour';

test.each([
  // colour, hue from, hue to
  ['#ff0000', 20, 40],
  ['#00aa00', 135, 150],
  ['#3b6fd6', 250, 270],
  ['#c4427f', 345, 360],
  ['#f00', 20, 40],
  ['3b6fd6', 250, 270],
  ['lightBlue', 240, 260],
])('%s has its hue', (colour, low, high) => {
  const { hue, chroma } = tintOf(colour);
  expect(hue).toBeGreaterThanOrEqual(low);
  expect(hue).toBeLessThanOrEqual(high);
  expect(chroma).toBeGreaterThanOrEqual(0.09);
  expect(chroma).toBeLessThanOrEqual(0.13);
});

test.each(['#808080', '#ffffff', '#000', '', undefined, 'auto'])('%s is a grey', (colour) =>
  expect(tintOf(colour).chroma).toBeLessThan(0.02),
);

test('a name that is no colour has one hue, always the same', () => {
  expect(tintOf('Sponsors')).toEqual(tintOf('sponsors '));
  expect(tintOf('Sponsors').hue).not.toBe(tintOf('Press').hue);
});
