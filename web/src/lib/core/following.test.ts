import { expect, test } from 'vitest';
import { followingIn, followingOf, NOTHING_CHOSEN } from './following';

test.each([
  [undefined, NOTHING_CHOSEN],
  [null, NOTHING_CHOSEN],
  [{}, NOTHING_CHOSEN],
  [{ zone: 'Europe/Nowhere', hiddenCategories: 'all', showArchived: 1 }, NOTHING_CHOSEN],
  [
    { zone: 'Europe/Berlin', hiddenCategories: ['a', 2], showArchived: true, ofAnotherVersion: 'x' },
    { zone: 'Europe/Berlin', hiddenCategories: ['a'], showArchived: true },
  ],
])('%j is read as what was chosen', (kept, chosen) => {
  expect(followingOf(kept)).toEqual(chosen);
});

test('the look stays with the device', () => {
  expect(followingIn({ theme: 'dark', zone: 'Europe/Berlin' })).toEqual({ zone: 'Europe/Berlin' });
  expect(followingIn({ theme: 'dark', density: 'compact' })).toBeUndefined();
});
