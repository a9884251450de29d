// What can go wrong and what else can be done, on the mock (skipped against a real server, which has no such switches).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { currentMonday } from '../mock-server.mjs';
import {
  inspect,
  launch,
  loaded,
  openEvent,
  openFresh,
  openPage,
  startTarget,
  switchMock,
} from './harness.mjs';

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

const control = (path, body) => switchMock(target, path, body);
const open = (path, options) => openFresh(browser, target, path, options);

test('only on the mock', { skip: Boolean(process.env.CALLBOARD_URL) }, async (t) => {
  await t.test('somebody else saved meanwhile: the input is kept', async () => {
    const { page, panel, context, check } = await open();
    await openEvent(page, 'Product launch');
    await panel.getByLabel('Internal notes').fill('My words');
    await control('stale', { title: 'Product launch', client_contact: 'Changed by Tom' });
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByText('This event was changed meanwhile').waitFor();
    await inspect(page, 'event-stale');
    await panel.getByRole('button', { name: 'Load the latest' }).click();
    await panel.getByText('The latest version is loaded').waitFor();
    assert.equal(await panel.getByLabel('Internal notes').inputValue(), 'My words');
    assert.equal(await panel.getByLabel('Client contact').inputValue(), 'Changed by Tom');
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByText('Saved', { exact: true }).waitFor();
    check();
    await context.close();
  });

  await t.test('the archive is shown when asked for, and gives back', async () => {
    const { page, panel, context, check } = await open();
    await control('archive', { title: 'Product launch' });
    const block = page.locator('main').getByRole('button', { name: /^Product launch/ });
    await page.reload();
    await loaded(page);
    assert.equal(await block.count(), 0);
    const toggle = page.getByRole('checkbox', { name: 'Archived' });
    await toggle.check();
    await block.first().waitFor();
    await page.getByRole('combobox', { name: 'Search events' }).fill('launch product');
    await page.getByRole('option', { name: /Product launch.*Archived/ }).waitFor();
    await page.keyboard.press('Enter');
    await panel.getByText('In the archive').waitFor();
    assert.equal(await panel.getByRole('textbox').count(), 0, 'it is only read');
    assert.equal(await panel.getByRole('button', { name: 'Save' }).count(), 0);
    await inspect(page, 'event-archived');
    await panel.getByRole('button', { name: 'Bring back' }).click();
    await panel.getByText('In the archive').waitFor({ state: 'detached' });
    await panel.getByLabel('Internal notes').waitFor();
    await toggle.uncheck();
    await block.first().waitFor();
    check();
    await context.close();
  });

  await t.test('a refused field says so at the field', async () => {
    const { page, panel, context, check } = await open();
    await openEvent(page, 'Product launch');
    await panel.getByLabel('Budget').fill('-5');
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByText('A budget cannot be negative.').waitFor();
    const budget = panel.getByLabel('Budget');
    assert.equal(await budget.getAttribute('aria-invalid'), 'true');
    assert.ok(await budget.evaluate((input) => document.activeElement === input));
    await inspect(page, 'event-refused');
    await panel.getByRole('button', { name: 'Discard changes' }).click();
    assert.equal(await budget.inputValue(), '18500');
    check();
    await context.close();
  });

  await t.test('lists, and the question before changes are lost', async () => {
    const { page, panel, context, check } = await open();
    await openEvent(page, 'Strategy day');
    await panel.getByRole('combobox', { name: 'Equipment' }).fill('Flipchart x2');
    await page.keyboard.press('Enter');
    await panel.getByRole('button', { name: 'Remove Flipchart x2' }).waitFor();
    await page.keyboard.press('Escape');
    const question = page.getByRole('dialog', { name: 'Leave without saving?' });
    await question.waitFor();
    await question.getByRole('button', { name: 'Keep editing' }).click();
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByText('Saved', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    check();
    await context.close();
  });

  await t.test('one event of a series, then all of it', async () => {
    const { page, panel, context, check } = await open();
    await openEvent(page, 'Morning briefing');
    await panel.getByLabel('Internal notes').fill('Only today');
    await panel.getByRole('radio', { name: 'This event' }).waitFor();
    await inspect(page, 'event-series');
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByText('Saved', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    const briefings = page.locator('main').getByRole('button', { name: /^Morning briefing/ });
    await briefings.nth(1).click();
    assert.equal(await panel.getByLabel('Internal notes').inputValue(), '');
    await panel.getByRole('button', { name: '+15 min set-up' }).click();
    await panel.getByRole('radio', { name: 'Whole series' }).check();
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByText('Saved', { exact: true }).waitFor();
    await page
      .locator('main')
      .getByRole('button', { name: /^Morning briefing, Fri.*set-up 15 min/ })
      .waitFor();
    check();
    await context.close();
  });

  await t.test('a new event: seen while typed, saved, deleted', async () => {
    const { page, panel, context, check } = await open('/rooms');
    await page.keyboard.press('n');
    const form = page.getByRole('complementary', { name: 'New event' });
    await form.getByRole('button', { name: 'Create event' }).click();
    await form.getByText('Give the event a title.').waitFor();
    await form.getByLabel('Title').fill('Florist delivery');
    await form.getByLabel('Room').fill('Library');
    await page
      .locator('main')
      .getByRole('button', { name: /^Florist delivery/ })
      .waitFor();
    await form.getByRole('button', { name: 'Create event' }).click();
    await panel.getByRole('heading', { level: 2, name: 'Florist delivery' }).waitFor();
    await panel.getByLabel('Room').fill('Atrium');
    await panel.getByRole('button', { name: 'Save' }).click();
    await panel.getByText('Saved', { exact: true }).waitFor();
    await page
      .locator('main')
      .getByRole('button', { name: /^Florist delivery.*Atrium/ })
      .waitFor();
    await inspect(page, 'event-local');
    await panel.getByRole('button', { name: 'Delete event' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete event' }).click();
    await panel.waitFor({ state: 'detached' });
    await page
      .locator('main')
      .getByRole('button', { name: /^Florist delivery/ })
      .waitFor({ state: 'detached' });
    await page.getByText('“Florist delivery” was deleted.').waitFor();
    await inspect(page, 'event-deleted');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('“Florist delivery” is back.').waitFor();
    await page
      .locator('main')
      .getByRole('button', { name: /^Florist delivery.*Atrium/ })
      .waitFor();
    await page.getByRole('button', { name: 'Dismiss the notice' }).click();
    await page.getByText('“Florist delivery” is back.').waitFor({ state: 'detached' });
    check();
    await context.close();
  });

  await t.test('pointing at a free place begins an event there, pointing elsewhere moves it', async () => {
    const { page, context, check } = await open();
    const form = page.getByRole('complementary', { name: 'New event' });
    const monday = new Date(currentMonday()).toISOString().slice(0, 10);
    const saturday = new Date(currentMonday() + 5 * 86_400_000).toISOString().slice(0, 10);
    const HOUR_PX = 52;
    const column = page.getByRole('list', { name: /^Saturday/ });
    await column.click({ position: { x: 30, y: 10.7 * HOUR_PX } });
    const start = form.getByLabel('Starts');
    await start.waitFor();
    assert.equal(await start.inputValue(), `${saturday}T10:30`);
    assert.equal(await form.getByLabel('Ends').inputValue(), `${saturday}T11:30`);
    await form.getByLabel('Ends').fill(`${saturday}T12:30`);
    await column.click({ position: { x: 30, y: 13.1 * HOUR_PX } });
    await page.waitForFunction(
      (wanted) => document.querySelector('[type="datetime-local"]').value === wanted,
      `${saturday}T13:00`,
    );
    assert.equal(await form.getByLabel('Ends').inputValue(), `${saturday}T15:00`, 'as long as it was');
    await inspect(page, 'new-event-placed');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Leave', exact: true }).click();

    await page.goto(`/rooms?zoom=day&date=${monday}`);
    await loaded(page);
    const row = page.getByRole('row', { name: /^Atrium/ });
    await row.getByRole('gridcell').click({ position: { x: 62 * 2 + 10, y: 20 } });
    await start.waitFor();
    assert.equal(await form.getByLabel('Room').inputValue(), 'Atrium');
    assert.equal((await start.inputValue()).slice(0, 10), monday);
    await page.keyboard.press('Escape');
    await form.waitFor({ state: 'detached' });
    check();
    await context.close();
  });

  await t.test('a failed run says what to do; held deletions ask', async () => {
    const { page, context, check } = await open('/sync');
    await control('fail');
    await control('hold');
    await page.getByRole('button', { name: 'Sync “Events” now' }).click();
    await page.getByText('Outlook asked to slow down').first().waitFor();
    await page.getByRole('heading', { name: 'Deletions on hold' }).waitFor();
    await inspect(page, 'sync-trouble');
    await page.getByLabel('Show').selectOption('Failed');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr:not(.errors)').length === 1);
    await page.getByRole('button', { name: 'Remove them here too' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Keep them' }).click();
    await page.getByRole('heading', { name: 'Deletions on hold' }).waitFor({ state: 'detached' });
    check();
    await context.close();
  });

  await t.test('search, filters, zone, density, keys, tokens', async () => {
    const { page, panel, context, check } = await open();
    await page.keyboard.press('/');
    await page.keyboard.type('lumen');
    await page.getByRole('option', { name: /Product launch/ }).waitFor();
    await inspect(page, 'search');
    await page.keyboard.press('Enter');
    await panel.getByRole('heading', { level: 2, name: 'Product launch' }).waitFor();
    await page.keyboard.press('Escape');

    const launch = page.locator('main').getByRole('button', { name: /^Product launch/ });
    await page.getByRole('checkbox', { name: 'Conference' }).uncheck();
    await launch.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Show all' }).click();
    await launch.waitFor();

    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByLabel('Time zone of the venue').selectOption('America/New_York');
    // It follows the person into another browser.
    const elsewhere = await openPage(browser, target);
    await elsewhere.page.goto('/settings');
    await elsewhere.page
      .getByLabel('Time zone of the venue')
      .locator('option:checked', { hasText: 'America/New_York' })
      .waitFor({ state: 'attached' });
    await elsewhere.context.close();
    await page.getByRole('button', { name: 'Comfortable' }).click();
    await page.getByRole('switch', { name: /Single-letter keys/ }).uncheck();
    await page.getByLabel('Name of the token').fill('Night script');
    await page.getByRole('button', { name: 'Create token' }).click();
    await page.getByText('cb_4f2a_shown_once').waitFor();
    await inspect(page, 'settings-token');
    await page.getByRole('button', { name: 'Revoke Night script' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No tokens.').waitFor();

    // By its date: at this hour it may be another week in New York than here.
    const tuesday = new Date(currentMonday() + 86_400_000).toISOString().slice(0, 10);
    await page.goto(`/calendar?date=${tuesday}`);
    await page
      .locator('main')
      .getByRole('button', { name: /^Product launch, Tue \d+ \w+, 12:00–15:00/ })
      .waitFor();
    await page.keyboard.press('d');
    assert.ok(!page.url().includes('zoom=day'), 'the keys are switched off');
    await inspect(page, 'week-comfortable');
    check();
    await context.close();
  });

  await t.test('signed out in between: the sign-in page, and back to the same place', async () => {
    const { page, context, check } = await open('/rooms?zoom=day');
    await control('reset');
    // By key: a request of the page itself may have met the sign-out already, and the button be gone.
    await page.keyboard.press('j');
    await page.getByRole('link', { name: 'Sign in with Outlook' }).click();
    await page.getByRole('link', { name: 'Ada Berg' }).click();
    await page.waitForURL(/\/rooms\?.*zoom=day/);
    check();
    await context.close();
  });
});
