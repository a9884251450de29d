// The reference of the API as the binary serves it: axe finds nothing in either colour scheme, nothing comes from
// elsewhere, and an operation can be opened. Only on a real server: the mock has none.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, launch, openPage, shoot, startTarget } from './harness.mjs';

const skip = process.env.CALLBOARD_URL ? false : 'the mock serves no reference';
let target;
let browser;
before(async () => {
  if (skip) return;
  target = await startTarget();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await target?.close();
});

test('the reference of the API', { skip }, async () => {
  const { context, page, check } = await openPage(browser, target);
  await page.goto('/api/docs');
  await page.getByText('/api/v1/events', { exact: true }).first().waitFor();
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await assertAccessible(page, `reference, ${colorScheme}`);
    await shoot(page, `reference-${colorScheme}`);
  }
  assert.ok((await page.locator('h1, h2, h3').count()) > 5, 'the resources have headings');
  check();
  await context.close();
});
