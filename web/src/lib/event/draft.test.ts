import { beforeAll, describe, expect, test } from 'vitest';
import type { CalendarEvent } from '../api/types';
import { loadTemporal, zoneOf } from '../core/time';
import { text } from '../text';
import { blankEvent } from './blank';
import {
  applyPatch,
  changedFields,
  check,
  draftOf,
  moveDraft,
  patchForMaster,
  setAllDay,
  toNewEvent,
  toPatch,
  type Draft,
} from './draft';

beforeAll(loadTemporal);

const berlin = () => zoneOf('Europe/Berlin');
const event = (more: Partial<CalendarEvent> = {}): CalendarEvent =>
  blankEvent({
    _id: '5f',
    user_id: 'u',
    calendar_id: 'c',
    title: 'Gala',
    start_time: '2026-11-23T17:00:00Z',
    end_time: '2026-11-23T22:00:00Z',
    all_day: false,
    setup_start_time: '2026-11-23T13:00:00Z',
    equipment_required: ['Projector x2'],
    budget_allocated: 1200,
    revision: 3,
    ...more,
  });
function edited(change: Partial<Draft>, more: Partial<CalendarEvent> = {}) {
  const before = draftOf(event(more), berlin());
  const draft = { ...before, ...change };
  return { draft, patch: toPatch(draft, changedFields(before, draft), berlin()) };
}

describe('patch', () => {
  test('nothing changed is nothing sent', () => expect(edited({}).patch).toEqual({}));
  test.each<[Partial<Draft>, object]>([
    [{ internal_notes: ' Dock B ' }, { internal_notes: 'Dock B' }],
    [{ setup_start_time: '2026-11-23T12:30' }, { setup_start_time: '2026-11-23T11:30:00Z' }],
    [{ setup_start_time: '' }, { setup_start_time: null }],
    [{ teardown_end_time: '2026-11-24T00:30' }, { teardown_end_time: '2026-11-23T23:30:00Z' }],
    [{ equipment_required: [] }, { equipment_required: [] }],
    [{ budget_allocated: '' }, { budget_allocated: null }],
    [{ budget_allocated: '1.250,50' }, { budget_allocated: 1250.5 }],
    [{ priority_level: 'high' }, { priority_level: 'high' }],
    [
      { start_time: '2026-11-23T19:00' },
      {
        all_day: false,
        start_time: '2026-11-23T18:00:00Z',
        end_time: '2026-11-23T22:00:00Z',
        time_zone: 'Europe/Berlin',
      },
    ],
  ])('%j', (change, patch) => expect(edited(change).patch).toEqual(patch));

  test('all-day events are sent as dates, the end exclusive', () => {
    const { draft } = edited({});
    setAllDay(draft, true);
    expect(draft).toMatchObject({ start_time: '2026-11-23', end_time: '2026-11-23' });
    expect(toPatch(draft, ['all_day'], berlin())).toEqual({
      all_day: true,
      start_time: '2026-11-23',
      end_time: '2026-11-24',
      time_zone: 'Europe/Berlin',
    });
    setAllDay(draft, false);
    expect(draft).toMatchObject({ start_time: '2026-11-23T09:00', end_time: '2026-11-23T17:00' });
  });

  test('an all-day event shows its last day', () =>
    expect(
      draftOf(event({ all_day: true, start_time: '2026-11-23', end_time: '2026-11-25' }), berlin()),
    ).toMatchObject({
      start_time: '2026-11-23',
      end_time: '2026-11-24',
    }));

  test('applied, it is the event to come', () => {
    const next = applyPatch(event(), { internal_notes: 'x', setup_start_time: null });
    expect(next.internal_notes).toBe('x');
    expect('setup_start_time' in next).toBe(false);
  });

  test('a new event has only what was filled in', () => {
    const { draft } = edited({ setup_start_time: '', equipment_required: [], budget_allocated: '' });
    expect(toNewEvent(draft, 'local', berlin())).toEqual({
      calendar_id: 'local',
      title: 'Gala',
      all_day: false,
      start_time: '2026-11-23T17:00:00Z',
      end_time: '2026-11-23T22:00:00Z',
      time_zone: 'Europe/Berlin',
    });
  });
});

test('for the master of a series, set-up keeps its distance on the clock over a change of the clocks', () => {
  const master = event({ start_time: '2026-10-19T07:00:00Z', end_time: '2026-10-19T08:00:00Z' }); // 09:00 summer time
  const occurrence = event({ start_time: '2026-11-23T08:00:00Z', end_time: '2026-11-23T09:00:00Z' }); // 09:00 winter time
  const patch = { setup_start_time: '2026-11-23T07:15:00Z', teardown_end_time: null, internal_notes: 'x' };
  expect(patchForMaster(patch, occurrence, master, berlin())).toEqual({
    setup_start_time: '2026-10-19T06:15:00Z',
    teardown_end_time: null,
    internal_notes: 'x',
  });
});

test('moved on one occurrence, a series moves by as much and stays where it begins', () => {
  const master = event({ start_time: '2026-10-19T07:00:00Z', end_time: '2026-10-19T08:00:00Z' });
  const occurrence = event({ start_time: '2026-11-23T08:00:00Z', end_time: '2026-11-23T09:00:00Z' });
  const later = { all_day: false, start_time: '2026-11-23T09:00:00Z', end_time: '2026-11-23T10:30:00Z' };
  expect(patchForMaster(later, occurrence, master, berlin())).toEqual({
    all_day: false,
    start_time: '2026-10-19T08:00:00Z',
    end_time: '2026-10-19T09:30:00Z',
  });
  const wholeDays = { all_day: true, start_time: '2026-11-24', end_time: '2026-11-25' };
  expect(patchForMaster(wholeDays, occurrence, master, berlin())).toEqual({
    all_day: true,
    start_time: '2026-10-20',
    end_time: '2026-10-21',
  });
});

test('moved, a draft keeps its length, and its set-up its distance', () => {
  const draft = draftOf(event(), berlin()); // 18:00 to 23:00, set-up from 14:00
  moveDraft(draft, Date.parse('2026-11-24T10:30:00Z'));
  expect(draft).toMatchObject({
    start_time: '2026-11-24T10:30',
    end_time: '2026-11-24T15:30',
    setup_start_time: '2026-11-24T06:30',
    teardown_end_time: '',
  });
  const empty = { ...draft, start_time: '', end_time: '' };
  moveDraft(empty, Date.parse('2026-11-24T10:00:00Z'));
  expect(empty).toMatchObject({ start_time: '2026-11-24T10:00', end_time: '2026-11-24T11:00' });
});

describe('check', () => {
  const problems = (change: Partial<Draft>) => Object.keys(check(edited(change).draft, text.event.problems));
  test.each<[Partial<Draft>, string[]]>([
    [{}, []],
    [{ title: ' ' }, ['title']],
    [{ start_time: '' }, ['start_time']],
    [{ end_time: '2026-11-23T18:00' }, ['end_time']],
    [{ budget_allocated: 'a lot' }, ['budget_allocated']],
    [{ setup_start_time: '2026-11-23T19:00' }, ['setup_start_time']],
    [{ setup_end_time: '2026-11-23T10:00' }, ['setup_end_time']],
    [{ teardown_end_time: '2026-11-23T20:00' }, ['teardown_end_time']],
    [
      { teardown_start_time: '2026-11-24T02:00', teardown_end_time: '2026-11-24T01:00' },
      ['teardown_end_time'],
    ],
  ])('%j', (change, fields) => expect(problems(change)).toEqual(fields));
});

describe('only what was touched is checked', () => {
  const problems = (change: Partial<Draft>, more: Partial<CalendarEvent>) => {
    const before = draftOf(event(more), berlin());
    const draft = { ...before, ...change };
    return Object.keys(check(draft, text.event.problems, changedFields(before, draft)));
  };
  const noLength = { end_time: '2026-11-23T17:00:00Z' };
  const lateSetup = { setup_start_time: '2026-11-23T18:00:00Z' }; // Outlook moved the event
  test.each<[string, Partial<CalendarEvent>, Partial<Draft>, string[]]>([
    ['no title', { title: '' }, { internal_notes: 'x' }, []],
    ['no title, still', { title: '' }, { title: ' ' }, ['title']],
    ['no length', noLength, { internal_notes: 'x' }, []],
    ['no length, moved', noLength, { start_time: '2026-11-23T19:00' }, ['end_time']],
    ['a set-up that is late', lateSetup, { internal_notes: 'x' }, []],
    ['a set-up that stays late', lateSetup, { setup_start_time: '2026-11-23T18:30' }, ['setup_start_time']],
    ['an event before its set-up', {}, { start_time: '2026-11-23T13:00' }, ['setup_start_time']],
    ['a number', { title: '' }, { budget_allocated: 'a lot' }, ['budget_allocated']],
  ])('%s', (_, more, change, fields) => expect(problems(change, more)).toEqual(fields));
});
