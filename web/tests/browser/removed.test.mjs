// Removed events are found and brought back; also on a real server, where the refusal of Outlook's has its own test.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  PHONE,
  inspect,
  launch,
  localEvents,
  openFresh,
  openPage,
  signIn,
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

const at = (days, hours) => {
  const midnight = Math.floor(Date.now() / 86_400_000) * 86_400_000;
  return new Date(midnight + (days * 24 + hours) * 3_600_000).toISOString().replace('.000Z', 'Z');
};
const stamp = Date.now().toString(36);
const [first, second] = [`Florist ${stamp}`, `Caterer ${stamp}`];

test('what was deleted is found and brought back', async () => {
  const { context, page, check } = await openPage(browser, target);
  await signIn(page);
  const made = await localEvents(page, [
    { title: first, start_time: at(20, 9), end_time: at(20, 10) },
    { title: second, start_time: at(21, 9), end_time: at(21, 10) },
  ]);
  const [florist, caterer] = made.events;
  await made.send('DELETE', `/events/${florist._id}`);
  await page.getByRole('link', { name: 'Removed events' }).click();
  const list = page.getByRole('list', { name: 'Removed events' });
  const row = (title) => list.getByRole('listitem').filter({ hasText: title });
  await row(first).waitFor();
  assert.equal(await row(second).count(), 0);

  // Removed meanwhile: it is there without being asked for, and stands first.
  await made.send('DELETE', `/events/${caterer._id}`);
  await row(second).waitFor();
  assert.match(await list.getByRole('listitem').first().innerText(), new RegExp(second));
  await inspect(page, 'removed');

  // By keyboard: the focus goes on to the next one.
  await page.getByRole('button', { name: `Bring back “${second}”` }).focus();
  await page.keyboard.press('Enter');
  await page.getByText(`“${second}” is back.`).first().waitFor();
  await row(second).waitFor({ state: 'detached' });
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
  assert.match(await focused(), /^Bring back/);

  // The panel reads it, and brings it back as well.
  await row(first).getByRole('link', { name: first }).click();
  const panel = page.getByRole('complementary', { name: 'Event' });
  await panel.getByText('it takes no room').waitFor();
  assert.equal(await panel.getByRole('textbox').count(), 0, 'it is only read');
  const block = page.locator('main').getByRole('button', { name: new RegExp(`^${first}`) });
  assert.equal(await block.count(), 0);
  await panel.getByRole('button', { name: 'Bring back' }).click();
  await panel.getByLabel('Internal notes').waitFor();
  await block.first().waitFor();
  await made.remove();
  check();
  await context.close();
});

test('a refusal is said in words', { skip: Boolean(process.env.CALLBOARD_URL) }, async () => {
  const { page, context, check } = await openFresh(browser, target, '/calendar', { viewport: PHONE });
  await switchMock(target, 'remove', { title: 'Product launch' });
  await page.goto('/removed');
  await page.getByText(/^Removed in Outlook \d/).waitFor();
  await page.getByRole('button', { name: 'Bring back “Product launch”' }).click();
  await page.getByText('Not brought back. Delete or recover the event in Outlook.').waitFor();
  await inspect(page, 'removed-refused-phone');
  await page.getByRole('button', { name: 'Menu and filters' }).click();
  await page.getByRole('dialog').getByRole('link', { name: 'Removed events' }).waitFor();
  check();
  await context.close();
});

test('nothing removed', { skip: Boolean(process.env.CALLBOARD_URL) }, async () => {
  const { page, context, check } = await openFresh(browser, target);
  await page.getByRole('link', { name: 'Removed events' }).click();
  await page.getByText('Nothing was removed.').waitFor();
  const asked = page.waitForRequest((request) => request.url().includes('include=removed'));
  await page.getByRole('button', { name: 'Look a year further back' }).click();
  const from = Date.parse(new URL((await asked).url()).searchParams.get('from'));
  assert.ok(from < Date.now() - 365 * 86_400_000);
  await inspect(page, 'removed-none');
  check();
  await context.close();
});
