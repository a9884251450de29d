// What is typed into the form of an event: what is checked, what is kept, and where it goes. On the mock only.
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
