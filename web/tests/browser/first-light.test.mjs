// The first way through the product, against the mock or (CALLBOARD_URL, SIM_URL) a real server and simulator:
// sign in, sync, see, edit an internal field, edit the same event in Outlook, sync, see both.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { editInOutlook, inspect, launch, openPage, shoot, signIn, startTarget, syncAll } from './harness.mjs';

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

const panel = (page) => page.getByRole('complementary', { name: 'Event' });
const loaded = (page) =>
  page.waitForFunction(() => document.querySelector('main section')?.getAttribute('aria-busy') === 'false');

/**
 * Walks the weeks, from this one on, until a single Outlook event of the person's own is on the screen that has a time
 * of day and a title that no other event there has. Answers the event as the server tells it.
 */
async function findEvent(page) {
  const me = await (await page.request.get('/api/v1/me')).json();
  const blocks = page.locator('main ol [data-event-id]');
  for (let week = 0; week < 8; week++) {
    await loaded(page);
    const titles = await blocks.locator('.title').allInnerTexts();
    for (const id of await blocks.evaluateAll((found) => found.map((block) => block.dataset.eventId))) {
      const event = await (await page.request.get(`/api/v1/events/${encodeURIComponent(id)}`)).json();
      const isSingle = !event.recurrence_master_id && !event.is_recurring;
      const isOnly = titles.filter((title) => title.trim() === event.title).length === 1;
      if (event.user_id === me._id && event.outlook_event_id && isSingle && isOnly) return event;
    }
    await page.getByRole('button', { name: 'Next week' }).click();
  }
  throw new Error('no single Outlook event within eight weeks');
}

test('sign in, sync, see, edit, sync, see', async () => {
  const { context, page, check } = await openPage(browser, target);
  await signIn(page);
  await syncAll(page);
  await shoot(page, 'first-light-1-synced');

  const nav = page.getByRole('navigation', { name: 'Main' });
  await nav.getByRole('link', { name: 'Calendar' }).click();
  const event = await findEvent(page);
  const { title } = event;
  await page.locator(`main [data-event-id="${event._id}"]`).first().click();
  await panel(page).getByText('Comes from Outlook').waitFor();
  await page.keyboard.press('Escape');
  await inspect(page, 'first-light-2-week');

  // On the rooms timeline: found by the search and opened, by keyboard only; the timeline shows where it is.
  await nav.getByRole('link', { name: 'Rooms' }).click();
  await loaded(page);
  await page.getByRole('grid', { name: 'Rooms timeline' }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type(title);
  await page.getByRole('option', { name: title }).first().waitFor();
  await page.keyboard.press('Enter');
  await panel(page).getByRole('heading', { level: 2, name: title }).waitFor();
  await page.locator('main').getByRole('button', { name: title }).first().waitFor();

  // Internal fields: notes typed, set-up by the quarter-hour button, saved.
  const notes = `Dock B from 14:00 (${Date.now()})`;
  const before = await panel(page).getByLabel('Set-up from').inputValue();
  await panel(page).getByLabel('Internal notes').fill(notes);
  await panel(page).getByRole('button', { name: '+15 min set-up' }).click();
  const setup = await panel(page).getByLabel('Set-up from').inputValue();
  assert.notEqual(setup, before);
  await inspect(page, 'first-light-3-edit');
  await panel(page).getByRole('button', { name: 'Save' }).click();
  await panel(page).getByText('Saved', { exact: true }).waitFor();
  await page
    .locator('main')
    .getByRole('button', { name: new RegExp(`${escape(title)}.*set-up`) })
    .first()
    .waitFor();

  // The organiser renames it in Outlook.
  const renamed = `${title} (moved to the big room)`;
  await editInOutlook(target, event.outlook_event_id, { subject: renamed });
  await syncAll(page);
  await page.goBack();
  await panel(page).getByRole('heading', { level: 2, name: renamed }).waitFor();
  assert.equal(await panel(page).getByLabel('Internal notes').inputValue(), notes);
  assert.equal(await panel(page).getByLabel('Set-up from').inputValue(), setup);
  await page.locator('main').getByRole('button', { name: renamed }).first().waitFor();
  await inspect(page, 'first-light-4-renamed');

  // And it is so after a reload as well.
  await page.reload();
  await panel(page).getByRole('heading', { level: 2, name: renamed }).waitFor();
  assert.equal(await panel(page).getByLabel('Internal notes').inputValue(), notes);
  check();
  await context.close();
});

test('the timeline is walked by keyboard alone', async () => {
  const { context, page, check } = await openPage(browser, target);
  await page.goto('/rooms');
  const signInLink = page.getByRole('link', { name: 'Sign in with Outlook' });
  const grid = page.getByRole('grid', { name: 'Rooms timeline' });
  await signInLink.or(grid).first().waitFor();
  if (await signInLink.isVisible()) await signIn(page, '/rooms');
  await loaded(page);
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-event-id') ?? '');

  // One tab stop for the whole grid.
  assert.equal(await grid.locator('[data-event-id][tabindex="0"]').count(), 1);
  await page.getByRole('button', { name: 'New event' }).focus();
  for (let presses = 0; presses < 5 && !(await focused()); presses++) await page.keyboard.press('Tab');
  const first = await focused();
  assert.ok(first, 'Tab reaches the grid');
  await page.keyboard.press('Shift+Tab');
  assert.equal(await focused(), '', 'and leaves it again');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), first);

  const seen = new Set([first]);
  const inView = () =>
    page.evaluate(() => {
      const grid = document.querySelector('[role="grid"]').getBoundingClientRect();
      const box = document.activeElement.getBoundingClientRect();
      return (
        box.bottom > grid.top + 56 &&
        box.top < grid.bottom &&
        box.right > grid.left + 180 &&
        box.left < grid.right
      );
    });
  for (const key of [
    'ArrowDown',
    'ArrowRight',
    'ArrowDown',
    'End',
    'ArrowDown',
    'Home',
    'ArrowUp',
    'ArrowRight',
  ]) {
    await page.keyboard.press(key);
    const id = await focused();
    assert.ok(id, `${key} keeps the focus in the grid`);
    assert.ok(await inView(), `${key} keeps the focus in view`);
    seen.add(id);
  }
  assert.ok(seen.size > 3, 'the arrows lead from event to event');

  const at = await focused();
  await page.keyboard.press('Enter');
  await panel(page).waitFor();
  await page.keyboard.press('Escape');
  await panel(page).waitFor({ state: 'detached' });
  await page.waitForFunction((id) => document.activeElement?.getAttribute('data-event-id') === id, at);

  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('d'); // never behind a dialog
  await page.keyboard.press('Escape');
  assert.ok(!page.url().includes('zoom=day'));
  await page.keyboard.press('d');
  await page.waitForURL(/zoom=day/);
  check();
  await context.close();
});

function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
