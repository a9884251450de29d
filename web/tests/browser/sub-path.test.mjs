// Behind a proxy that has Callboard under a path of its own: everything the browser asks for lies there, a reload and
// a sign-in come back to the same page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, openPage, signIn, startTarget, syncAll } from './harness.mjs';

const BASE = '/board';
// A real server is asked where it is; this is about the app.
const skip = process.env.CALLBOARD_URL ? 'the server under test has no sub-path' : false;

let target;
let browser;
before(async () => {
  if (skip) return;
  target = await startTarget({ base: BASE });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await target?.close();
});

test('under a sub-path', { skip }, async () => {
  const { context, page, check } = await openPage(browser, target);
  const strays = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (!pathname.startsWith(`${BASE}/`)) strays.push(pathname);
  });
  await signIn(page, `${BASE}/rooms`);
  assert.equal(new URL(page.url()).pathname, `${BASE}/rooms`, 'signing in comes back to the page');
  await syncAll(page);
  const nav = page.getByRole('navigation', { name: 'Main' });
  await nav.getByRole('link', { name: 'Calendar' }).click();
  await page.locator('main [data-event-id]').first().click();
  await page.getByRole('complementary', { name: 'Event' }).getByLabel('Internal notes').waitFor();
  assert.equal(new URL(page.url()).pathname, `${BASE}/calendar`);
  await page.reload();
  await page.getByRole('complementary', { name: 'Event' }).getByLabel('Internal notes').waitFor();
  await page.goBack();
  await page.getByRole('complementary', { name: 'Event' }).waitFor({ state: 'detached' });
  assert.deepEqual(strays, []);
  check();
  await context.close();
});
