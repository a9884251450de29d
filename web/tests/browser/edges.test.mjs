// Set-up and teardown that reach into a day alone: the room is taken there, and the day must say so. In weeks far
// ahead, where the mock has nothing else; what is made is deleted again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { currentMonday } from '../mock-server.mjs';
import { PHONE, inspect, launch, localEvents, openPage, shoot, signIn, startTarget } from './harness.mjs';

const DAY = 86_400_000;
const HOUR = 3_600_000;
/** A Monday next year; the Sunday before it is another week. */
const monday = currentMonday() + 70 * 7 * DAY;
const day = (ms) => new Date(ms).toISOString().slice(0, 10);
const at = (hours) => new Date(monday + hours * HOUR).toISOString().replace('.000Z', 'Z');
const SUNDAY = day(monday - DAY);
const EVENTS = [
  { title: 'Early gala', start_time: at(8), end_time: at(11), setup_start_time: at(-6) },
  { title: 'Late ball', start_time: at(20), end_time: at(23), teardown_end_time: at(26) },
  {
    title: 'Spring fair',
    all_day: true,
    start_time: day(monday + 3 * DAY),
    end_time: day(monday + 5 * DAY),
    setup_start_time: at(2 * 24 + 16),
    teardown_end_time: at(5 * 24 + 3),
  },
];

let target;
let browser;
before(async () => {
  target = await startTarget();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await target?.close();
});

test('what only set-up or teardown reaches is taken', async () => {
  const { context, page, check } = await openPage(browser, target);
  await signIn(page);
  const made = await localEvents(page, EVENTS);
  const column = (weekday) => page.getByRole('list', { name: new RegExp(`^${weekday}`) });

  await page.goto(`/calendar?date=${SUNDAY}`);
  const setup = column('Sunday').getByRole('button', { name: /^Early gala, Mon/ });
  await setup.waitFor();
  // Where nothing else is, there is room for the words.
  if (target.isMock) assert.equal(await setup.innerText(), 'Set-up: Early gala');
  await inspect(page, 'edges-week-before');
  await page.goto(`/calendar?date=${SUNDAY}&zoom=day`);
  await setup.waitFor();

  await page.goto(`/calendar?date=${day(monday)}`);
  await column('Monday')
    .getByRole('button', { name: /^Early gala/ })
    .waitFor();
  const teardown = column('Tuesday').getByRole('button', { name: /^Late ball, Mon/ });
  await teardown.waitFor();
  if (target.isMock) assert.equal(await teardown.innerText(), 'Teardown: Late ball');
  await column('Wednesday')
    .getByRole('button', { name: /^Spring fair/ })
    .waitFor();
  await column('Saturday')
    .getByRole('button', { name: /^Spring fair/ })
    .waitFor();
  const among = column('Thursday').getByRole('button', { name: /^Spring fair/ });
  assert.equal(await among.count(), 0, 'its days stand above the hours');
  await inspect(page, 'edges-week');

  await page.goto(`/rooms?date=${SUNDAY}&zoom=day`);
  const grid = page.getByRole('grid', { name: 'Rooms timeline' });
  await grid.getByRole('button', { name: /^Early gala/ }).waitFor();
  await shoot(page, 'edges-rooms-before');
  await page.setViewportSize(PHONE);
  await page.goto(`/calendar?date=${SUNDAY}&zoom=day`);
  await page.getByRole('button', { name: /^18:00–00:00 Set-up: Early gala/ }).waitFor();
  await page.goto(`/calendar?date=${day(monday + DAY)}&zoom=day`);
  await page.getByRole('button', { name: /^00:00–02:00 Teardown: Late ball/ }).waitFor();
  await inspect(page, 'edges-phone');

  await made.remove();
  check();
  await context.close();
});
