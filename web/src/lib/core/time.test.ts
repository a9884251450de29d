import { beforeAll, describe, expect, test } from 'vitest';
import {
  addDays,
  formatDay,
  fromLocalInput,
  isDay,
  isWeekend,
  loadTemporal,
  parseDay,
  startOfDay,
  startOfWeek,
  toApiInstant,
  today,
  toLocalInput,
  zoneOf,
} from './time';

beforeAll(loadTemporal);

const at = (instant: string) => Date.parse(instant);
const wall = (reading: string) => Date.parse(`${reading}Z`);

describe('instants and wall time', () => {
  test.each([
    // zone, instant, reading
    ['UTC', '2026-11-23T09:00:00Z', '2026-11-23T09:00'],
    ['Europe/Berlin', '2026-11-23T09:00:00Z', '2026-11-23T10:00'],
    ['Europe/Berlin', '2026-07-23T09:00:00Z', '2026-07-23T11:00'],
    ['America/New_York', '2026-11-23T03:30:00Z', '2026-11-22T22:30'],
    ['Asia/Kathmandu', '2026-11-23T00:00:00Z', '2026-11-23T05:45'],
    ['Pacific/Kiritimati', '2025-12-31T10:00:00Z', '2026-01-01T00:00'],
    // the year turns at different moments
    ['America/Los_Angeles', '2026-01-01T00:00:00Z', '2025-12-31T16:00'],
    // Berlin: 01:00 UTC on 29 March and 25 October 2026
    ['Europe/Berlin', '2026-03-29T00:59:59Z', '2026-03-29T01:59:59'],
    ['Europe/Berlin', '2026-03-29T01:00:00Z', '2026-03-29T03:00'],
    ['Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T02:30'],
    ['Europe/Berlin', '2026-10-25T01:30:00Z', '2026-10-25T02:30'],
    // a zone whose clocks move by half an hour
    ['Australia/Lord_Howe', '2026-04-04T15:30:00Z', '2026-04-05T02:00'],
  ])('%s %s reads %s', (zone, instant, reading) => {
    expect(toLocalInput(zoneOf(zone).toWall(at(instant)))).toBe(reading.slice(0, 16));
  });

  test('every hour of a year comes back, but for the second pass of the doubled hour', () => {
    const zone = zoneOf('Europe/Berlin');
    for (
      let instant = at('2026-01-01T00:00:00Z');
      instant < at('2027-01-01T00:00:00Z');
      instant += 3_600_000
    ) {
      const back = zone.toInstant(zone.toWall(instant));
      const isSecondPass = instant === at('2026-10-25T01:00:00Z');
      expect(back).toBe(isSecondPass ? instant - 3_600_000 : instant);
    }
  });

  test('a reading that is skipped in spring moves forward by the gap', () => {
    expect(zoneOf('Europe/Berlin').toInstant(wall('2026-03-29T02:30'))).toBe(at('2026-03-29T01:30:00Z'));
  });

  test('09:00 stays 09:00 over a change of the clocks', () => {
    const zone = zoneOf('Europe/Berlin');
    const readings = ['2026-03-28T09:00', '2026-03-29T09:00', '2026-03-30T09:00'];
    expect(readings.map((reading) => toApiInstant(zone.toInstant(wall(reading))))).toEqual([
      '2026-03-28T08:00:00Z',
      '2026-03-29T07:00:00Z',
      '2026-03-30T07:00:00Z',
    ]);
  });

  test.each([
    ['Europe/Berlin', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-25', 25],
    ['Europe/Berlin', '2026-11-23', 24],
    ['America/New_York', '2026-03-08', 23],
    ['Australia/Lord_Howe', '2026-04-05', 24.5],
    ['UTC', '2026-03-29', 24],
  ])('in %s the day %s has %d hours', (zone, day, hours) => {
    expect(zoneOf(zone).hoursInDay(day)).toBe(hours);
  });

  test('an unknown zone is read as UTC', () => {
    expect(zoneOf('Mars/Olympus').name).toBe('UTC');
  });
});

describe('days', () => {
  test.each([
    ['2026-11-23', '2026-11-23'],
    ['2026-11-29', '2026-11-23'],
    ['2026-11-22', '2026-11-16'],
    ['2026-01-01', '2025-12-29'],
    ['2026-03-29', '2026-03-23'],
  ])('the week of %s starts on %s', (day, monday) => expect(startOfWeek(day)).toBe(monday));

  test('days are added by the calendar, also over a change of the clocks', () => {
    expect(addDays('2026-03-28', 1)).toBe('2026-03-29');
    expect(addDays('2026-03-29', 1)).toBe('2026-03-30');
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
  });

  test('today is a date of the zone, not of the device', () => {
    expect(today(zoneOf('Asia/Tokyo'), at('2026-11-23T20:00:00Z'))).toBe('2026-11-24');
    expect(today(zoneOf('America/New_York'), at('2026-11-23T04:00:00Z'))).toBe('2026-11-22');
  });

  test('texts that are no day are told apart', () => {
    for (const text of ['2026-02-30', '2026-1-1', '', null, undefined, 'today', '2026-11-23T00:00'])
      expect(isDay(text)).toBe(false);
    expect(isDay('2026-11-23')).toBe(true);
  });

  test('midnights, weekends and texts', () => {
    expect(startOfDay(wall('2026-11-23T17:45'))).toBe(parseDay('2026-11-23'));
    expect(startOfDay(wall('1969-12-31T23:00'))).toBe(parseDay('1969-12-31'));
    expect([0, 5, 6].map((n) => isWeekend(parseDay(addDays('2026-11-23', n))))).toEqual([false, true, true]);
    expect(formatDay(Number.NaN)).toBe('');
  });
});

describe('fields', () => {
  test.each([
    ['2026-11-23T09:30', '2026-11-23T09:30'],
    ['2026-11-23T09:30:15', '2026-11-23T09:30'],
  ])('%s is read', (value, reading) => expect(fromLocalInput(value)).toBe(wall(reading)));

  test.each(['', '2026-11-23', 'T09:30', ':00Z', '2026-13-40T09:30'])('%j is no time', (value) =>
    expect(fromLocalInput(value)).toBeUndefined(),
  );
});
