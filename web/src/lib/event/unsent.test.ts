import { expect, test } from 'vitest';
import { draftOf } from './draft';
import { blankEvent } from './blank';
import { loadTemporal, zoneOf } from '../core/time';
import { hasUnsent, inputOf, keepUnsent, putInput, takeUnsent } from './unsent';

function storage() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}
const unsent = { user: 'ada', event: '5f', input: { internal_notes: 'Dock B', staff_assigned: ['Tom'] } };

test('input is handed out once, for its event', () => {
  const store = storage();
  expect(hasUnsent(store)).toBe(false);
  keepUnsent(store, unsent);
  expect(hasUnsent(store)).toBe(true);
  expect(takeUnsent(store, 'ada', 'another')).toBeUndefined();
  expect(takeUnsent(store, 'ada', '5f')).toEqual(unsent.input);
  expect(takeUnsent(store, 'ada', '5f')).toBeUndefined();
});

test('nobody else gets it, and then it is gone', () => {
  const store = storage();
  keepUnsent(store, unsent);
  expect(takeUnsent(store, 'tom', '5f')).toBeUndefined();
  expect(takeUnsent(store, 'ada', '5f')).toBeUndefined();
});

test.each(['', 'no json', '"text"', '{"user":"ada"}', 'null'])(
  'what cannot be read is nothing: %j',
  (raw) => {
    const store = storage();
    store.setItem('callboard.unsent', raw);
    expect(hasUnsent(store)).toBe(false);
    expect(takeUnsent(store, 'ada', '5f')).toBeUndefined();
  },
);

test('a storage that is full is no error', () => {
  const full = () => {
    throw new Error('full');
  };
  expect(() => keepUnsent({ ...storage(), setItem: full }, unsent)).not.toThrow();
});

test('only what fits the form is put into it', async () => {
  await loadTemporal();
  const draft = draftOf(
    blankEvent({ start_time: '2026-11-23T17:00:00Z', end_time: '2026-11-23T22:00:00Z' }),
    zoneOf('UTC'),
  );
  const odd = { ...unsent.input, title: 7, equipment_required: 'x', unknown: 'x' } as never;
  expect(putInput(draft, odd)).toBe(true);
  expect(draft).toMatchObject({ ...unsent.input, title: '', equipment_required: [] });
  expect('unknown' in draft).toBe(false);
  expect(inputOf(draft, ['internal_notes', 'staff_assigned'])).toEqual(unsent.input);
  expect(putInput(draft, {})).toBe(false);
});
