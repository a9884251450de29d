// Text that would be a program if it were taken for HTML, in every text that an organiser in Outlook or somebody here can
// write: it is shown as it is written, on every page that has it, and nothing runs (security checklist, S19).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { editInOutlook, launch, openPage, signIn, startTarget, syncAll } from './harness.mjs';

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

const hostile = (field) =>
  `${field} <img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;

test('text stays text', async () => {
  const { context, page, check } = await openPage(browser, target);
  const dialogs = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await signIn(page);
  await syncAll(page);
  const me = await (await page.request.get('/api/v1/me')).json();
  const day = 86_400_000;
  const at = (days) => new Date(Date.now() + days * day).toISOString();
  const list = await page.request.get(`/api/v1/events?from=${at(-7)}&to=${at(60)}&limit=500`);
  const { items } = await list.json();
  const event = items.find(
    (one) =>
      one.user_id === me._id &&
      one.outlook_event_id &&
      !one.all_day &&
      !one.is_recurring &&
      !one.recurrence_master_id,
  );
  assert.ok(event, 'a single event of Outlook is there');

  // In Outlook …
  const subject = hostile('title');
  await editInOutlook(target, event.outlook_event_id, {
    subject,
    location: hostile('place'),
    body: hostile('text'),
  });
  await syncAll(page);
  // … and here.
  const internal = {
    internal_notes: hostile('notes'),
    client_contact: hostile('client'),
    internal_category: hostile('category'),
    equipment_required: [hostile('gear')],
    staff_assigned: [hostile('crew')],
  };
  const address = `/api/v1/events/${event._id}`;
  const { etag } = (await page.request.get(address)).headers();
  const saved = await page.request.patch(address, {
    headers: {
      'content-type': 'application/merge-patch+json',
      'if-match': etag,
      'x-csrf-token': me.csrf_token,
    },
    data: internal,
  });
  assert.equal(saved.status(), 200, await saved.text());

  const date = event.start_time.slice(0, 10);
  for (const path of ['/calendar', '/rooms']) {
    await page.goto(`${path}?date=${date}&event=${event._id}`);
    const panel = page.getByRole('complementary', { name: 'Event' });
    await panel.getByRole('heading', { level: 2, name: subject }).waitFor();
    assert.equal(await panel.getByLabel('Internal notes').inputValue(), internal.internal_notes);
    await page.waitForFunction(
      () => document.querySelector('main section')?.getAttribute('aria-busy') === 'false',
    );
    await page.keyboard.press('Escape');
    await page.getByRole('combobox', { name: 'Search events' }).fill('title <img');
    await page.getByRole('option', { name: subject }).first().waitFor();
    assert.doesNotMatch(await page.title(), /taken/);
    assert.equal(await page.locator('img[src="x"], script:not([src])').count(), 0, `${path}: it became HTML`);
  }
  assert.deepEqual(dialogs, []);
  check();
  await context.close();
});
