import { expect, test } from 'vitest';
import { roomSubtitles } from './places';

test.each([
  [
    'what all addresses begin with is left out',
    ['Harbour Hall, Ground floor', 'Harbour Hall, Level 1'],
    ['Ground floor', 'Level 1'],
  ],
  [
    'a room without an address',
    ['Harbour Hall, Ground floor', undefined, 'Harbour Hall, Level 1'],
    ['Ground floor', '', 'Level 1'],
  ],
  ['all at one address', ['Harbour Hall, Pier 3', 'Harbour Hall, Pier 3'], ['Pier 3', 'Pier 3']],
  ['two houses', ['North, Level 1', 'South, Level 1'], ['North, Level 1', 'South, Level 1']],
  ['a single room keeps its address', ['Harbour Hall, Level 2'], ['Harbour Hall, Level 2']],
])('%s', (_, addresses, expected) => {
  const rooms = addresses.map((address, index) => ({ name: `R${index}`, ...(address ? { address } : {}) }));
  expect([...roomSubtitles(rooms).values()]).toEqual(expected);
});

test('the capacity comes first', () =>
  expect(
    roomSubtitles([{ name: 'Grand  Hall', capacity: 420, address: 'Ground floor' }]).get('grand hall'),
  ).toBe('420 pax · Ground floor'));
