import { beforeAll, expect, test } from 'vitest';
import { loadTemporal, zoneOf } from '../core/time';
import { blankEvent } from './blank';
import { internalRows } from './kept';

beforeAll(loadTemporal);

const times = { start_time: '2026-11-23T17:00:00Z', end_time: '2026-11-23T22:00:00Z' };

test('every internal field that is set has a row, in the words and the zone of the form', () => {
  const event = blankEvent({
    ...times,
    setup_start_time: '2026-11-23T13:00:00Z',
    teardown_start_time: '2026-11-23T22:30:00Z',
    teardown_end_time: '2026-11-24T00:30:00Z',
    internal_notes: 'By the back door',
    equipment_required: ['Projector x2', 'Lectern'],
    staff_assigned: ['Tom'],
    client_contact: 'Ada',
    budget_allocated: 0,
    priority_level: 'high',
    internal_category: 'Dinner',
  });
  expect(internalRows(event, zoneOf('Europe/Berlin'))).toEqual([
    { label: 'Set-up', value: 'Mon 23 Nov, 14:00–18:00' },
    { label: 'Teardown', value: 'Mon 23 Nov, 23:30 – Tue 24 Nov, 01:30' },
    { label: 'Internal notes', value: 'By the back door' },
    { label: 'Equipment', value: 'Projector x2, Lectern' },
    { label: 'Staff', value: 'Tom' },
    { label: 'Client contact', value: 'Ada' },
    { label: 'Budget', value: '0' },
    { label: 'Priority', value: 'High' },
    { label: 'Internal category', value: 'Dinner' },
  ]);
});

test('what is empty has none', () => {
  const event = blankEvent({ ...times, equipment_required: [], internal_notes: '' });
  expect(internalRows(event, zoneOf('UTC'))).toEqual([]);
});
