import { expect, test } from 'vitest';
import { addressed, base, within } from './base';

test('without a page there is no sub-path', () => {
  expect(base).toBe('');
  expect(addressed('/sync')).toBe('/sync');
});

test.each<[string, string, string | undefined]>([
  ['/sync', '', '/sync'],
  ['/', '', '/'],
  ['/board', '/board', '/'],
  ['/board/', '/board', '/'],
  ['/board/sync', '/board', '/sync'],
  ['/boardroom', '/board', undefined],
  ['/sync', '/board', undefined],
])('%s under "%s"', (path, under, rest) => {
  expect(within(path, under)).toBe(rest);
  if (rest !== undefined && path !== under) expect(addressed(rest, under)).toBe(path);
});
