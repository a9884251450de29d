// What is typed into the form of an event: what is checked, what is kept, and where it goes. On the mock only.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspect, launch, loaded, openEvent, openFresh, startTarget, switchMock } from './harness.mjs';

const skip = Boolean(process.env.CALLBOARD_URL);
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

test('what Outlook left out does not keep notes from being saved', { skip }, async () => {
  const { page, panel, context, check } = await open();
  const changed = await control('change', { title: 'Product launch', changes: { title: '' } });
  const { start_time } = await changed.json();
  await control('change', { title: '', changes: { end_time: start_time } });
  await page.reload();
  await loaded(page);
  await openEvent(page, 'No title');
  await panel.getByLabel('Internal notes').fill('Dock A');
  await panel.getByRole('button', { name: 'Save' }).click();
  await panel.getByText('Saved', { exact: true }).waitFor();
  await inspect(page, 'event-untitled');
  check();
  await context.close();
});

test('"back" and a reload ask before input is lost', { skip }, async () => {
  const { page, panel, context, check } = await open();
  await openEvent(page, 'Strategy day');
  const address = page.url();
  const notes = panel.getByLabel('Internal notes');
  await notes.fill('Half a sentence');
  const question = page.getByRole('dialog', { name: 'Leave without saving?' });

  await page.goBack();
  await question.waitFor();
  await inspect(page, 'event-leave');
  await question.getByRole('button', { name: 'Keep editing' }).click();
  assert.equal(await notes.inputValue(), 'Half a sentence');
  await page.waitForURL(address);

  const warned = page.waitForEvent('dialog');
  await page.evaluate(() => setTimeout(() => location.reload()));
  const warning = await warned;
  assert.equal(warning.type(), 'beforeunload');
  await warning.dismiss();
  assert.equal(await notes.inputValue(), 'Half a sentence');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await question.getByRole('button', { name: 'Keep editing' }).click();
  assert.equal(await notes.inputValue(), 'Half a sentence');

  await page.goBack();
  await question.getByRole('button', { name: 'Leave', exact: true }).click();
  await panel.waitFor({ state: 'detached' });
  await page.goForward();
  await panel.getByRole('heading', { level: 2, name: 'Strategy day' }).waitFor();
  assert.equal(await notes.inputValue(), '');
  await page.goBack();
  await panel.waitFor({ state: 'detached' });
  check();
  await context.close();
});

test('the skip link leads past the navigation', { skip }, async () => {
  const { page, context, check } = await open();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.id === 'main');
  await openEvent(page, 'Strategy day');
  await page.goBack();
  await page.getByRole('complementary', { name: 'Event' }).waitFor({ state: 'detached' });
  check();
  await context.close();
});

test('a session that ends keeps what was typed', { skip }, async () => {
  const { page, panel, context, check } = await open();
  await openEvent(page, 'Strategy day');
  await panel.getByLabel('Internal notes').fill('By the back door');
  await control('sign-out');
  await panel.getByRole('button', { name: 'Save' }).click();
  await page.getByText('What you typed is kept').waitFor();
  await inspect(page, 'sign-in-again');
  await page.getByRole('link', { name: 'Sign in with Outlook' }).click();
  await page.getByRole('link', { name: 'Ada Berg' }).click();
  await panel.getByText('What you had typed is in the form again').waitFor();
  assert.equal(await panel.getByLabel('Internal notes').inputValue(), 'By the back door');
  await inspect(page, 'event-put-back');
  await panel.getByRole('button', { name: 'Save' }).click();
  await panel.getByText('Saved', { exact: true }).waitFor();
  await page.reload();
  await panel.getByLabel('Internal notes').waitFor();
  assert.equal(await panel.getByLabel('Internal notes').inputValue(), 'By the back door');
  assert.equal(await panel.getByRole('button', { name: 'Discard changes' }).count(), 0);
  check();
  await context.close();
});

test('a new event is kept as well', { skip }, async () => {
  const { page, context, check } = await open();
  await page.keyboard.press('n');
  const form = page.getByRole('complementary', { name: 'New event' });
  await form.getByLabel('Title').fill('Florist delivery');
  await control('sign-out');
  await form.getByRole('button', { name: 'Create event' }).click();
  await page.getByText('What you typed is kept').waitFor();
  await page.getByRole('link', { name: 'Sign in with Outlook' }).click();
  await page.getByRole('link', { name: 'Ada Berg' }).click();
  await form.getByText('What you had typed is in the form again').waitFor();
  assert.equal(await form.getByLabel('Title').inputValue(), 'Florist delivery');
  check();
  await context.close();
});

test('what one that differs saves for its series is shown on the series', { skip }, async () => {
  const { page, panel, context, check } = await open();
  const briefings = page.locator('main').getByRole('button', { name: /^Morning briefing/ });
  const client = panel.getByLabel('Client contact');
  await openEvent(page, 'Morning briefing');
  await client.fill('Only Monday');
  await panel.getByRole('button', { name: 'Save' }).click();
  await panel.getByText('this one differs').waitFor();

  await client.fill('Everybody');
  await panel.getByRole('radio', { name: 'Whole series' }).check();
  await panel.getByRole('button', { name: 'Save' }).click();
  await panel.getByText(/Saved for the whole series.*Mon \d+ \w+ differs from it/).waitFor();
  await panel.getByText('A series', { exact: true }).waitFor();
  assert.equal(await client.inputValue(), 'Everybody');
  await inspect(page, 'event-saved-series');
  assert.equal(await briefings.count(), 3, 'the series itself is not drawn');

  await briefings.nth(1).click();
  await panel.getByText('Part of a series', { exact: true }).waitFor();
  assert.equal(await client.inputValue(), 'Everybody');
  await briefings.nth(0).click();
  await panel.getByText('this one differs').waitFor();
  assert.equal(await client.inputValue(), 'Only Monday');
  check();
  await context.close();
});

test('an amount is read as the person writes it, and shown', { skip }, async () => {
  for (const [locale, read, sent] of [
    ['en-GB', 'Read as 1.234', 1.234],
    ['de-DE', 'Read as 1,234.00', 1234],
  ]) {
    const { page, panel, context, check } = await open('/calendar', { locale });
    await openEvent(page, 'Strategy day');
    await panel.getByLabel('Budget').fill('1.234');
    await panel.getByText(read, { exact: true }).waitFor();
    await inspect(page, `event-amount-${locale}`);
    const saved = page.waitForRequest((request) => request.method() === 'PATCH');
    await panel.getByRole('button', { name: 'Save' }).click();
    assert.equal((await saved).postDataJSON().budget_allocated, sent);
    await panel.getByText('Saved', { exact: true }).waitFor();
    check();
    await context.close();
  }
});
