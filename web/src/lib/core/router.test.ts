import { expect, test } from 'vitest';
import { formatRoute, isPlainClick, parseRoute, type Route } from './router';

test.each<[string, Route | undefined]>([
  ['/', { page: 'calendar', zoom: 'week' }],
  ['/calendar', { page: 'calendar', zoom: 'week' }],
  ['/calendar/', { page: 'calendar', zoom: 'week' }],
  ['/calendar?date=2026-11-23&zoom=day', { page: 'calendar', zoom: 'day', date: '2026-11-23' }],
  [
    '/rooms?event=5f%3A2026-11-23T09%3A00%3A00Z',
    { page: 'rooms', zoom: 'week', event: '5f:2026-11-23T09:00:00Z' },
  ],
  ['/rooms?date=2026-02-30', { page: 'rooms', zoom: 'week' }],
  ['/rooms?zoom=year', { page: 'rooms', zoom: 'week' }],
  ['/sync', { page: 'sync', zoom: 'week' }],
  ['/removed', { page: 'removed', zoom: 'week' }],
  ['/auth/outlook/login', undefined],
  ['/nowhere', undefined],
])('%s', (address, route) => {
  const [path = '', search = ''] = address.split('?');
  expect(parseRoute(path, search)).toEqual(route);
});

test.each<Route>([
  { page: 'calendar', zoom: 'week' },
  { page: 'rooms', zoom: 'day', date: '2026-11-23', event: '5f:2026-11-23T09:00:00Z' },
  { page: 'settings', zoom: 'week', event: 'a&b=c' },
])('a route survives its address', (route) => {
  const [path = '', search = ''] = formatRoute(route).split('?');
  expect(parseRoute(path, search)).toEqual(route);
});

test('a route survives its address under a sub-path', () => {
  const route: Route = { page: 'rooms', zoom: 'day', event: 'a' };
  const address = formatRoute(route, '/board');
  expect(address).toBe('/board/rooms?zoom=day&event=a');
  expect(parseRoute('/board/rooms', '?zoom=day&event=a', '/board')).toEqual(route);
  expect(parseRoute('/rooms', '', '/board')).toBeUndefined();
});

test('only plain clicks are taken', () => {
  const click = {
    button: 0,
    metaKey: false,
    ctrlKey: false,
    shiftKey: false,
    altKey: false,
    defaultPrevented: false,
  };
  expect(isPlainClick(click)).toBe(true);
  for (const change of [
    { button: 1 },
    { metaKey: true },
    { ctrlKey: true },
    { shiftKey: true },
    { altKey: true },
    { defaultPrevented: true },
  ])
    expect(isPlainClick({ ...click, ...change })).toBe(false);
});
