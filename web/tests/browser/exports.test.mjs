// Exports in the settings of an administrator, on the mock (skipped against a real server, which has no such switches).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PHONE, inspect, launch, openPage, signIn, startTarget } from './harness.mjs';

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

const control = (path, body = {}) =>
  fetch(`${target.sim}/_sim/${path}`, { method: 'POST', body: JSON.stringify(body) });

async function open(role, options) {
  await control('reset');
  if (role === 'admin') await control('admin');
  const opened = await openPage(browser, target, options);
  await signIn(opened.page, '/settings');
  await opened.page.goto('/settings');
  await opened.page.getByRole('heading', { name: 'Access tokens' }).waitFor();
  return { ...opened, exports: opened.page.getByRole('region', { name: 'Exports' }) };
}

test('an export is asked for, followed and offered', { skip }, async () => {
  const { page, exports, context, check } = await open('admin');
  await exports.getByText('No exports yet.').waitFor();
  await inspect(page, 'exports-none');
  await exports.getByLabel('Format').selectOption('xlsx');
  await exports.getByLabel('From').fill('2026-11-01');
  await exports.getByLabel('Until').fill('2026-11-30');
  await exports.getByLabel('Room').selectOption({ index: 1 });
  const sent = page.waitForRequest((request) => request.method() === 'POST');
  await exports.getByRole('button', { name: 'Export', exact: true }).click();
  const order = (await sent).postDataJSON();
  assert.equal(order.format, 'xlsx');
  assert.equal(order.filters.start_date, '2026-11-01T00:00:00Z');
  assert.equal(order.filters.end_date, '2026-12-01T00:00:00Z', 'the last day is meant to its end');
  assert.equal(order.filters.locations.length, 1);
  const link = exports.getByRole('link', { name: 'Download Events, Workbook (XLSX)' });
  await link.waitFor();
  assert.match(await link.getAttribute('href'), /^\/api\/v1\/exports\/[0-9a-f]{24}\/download$/);
  await exports.getByText('360 records, 48 kB').waitFor();
  await inspect(page, 'exports-made');
  check();
  await context.close();
});

test('a file of another administrator is seen and not offered', { skip }, async () => {
  const { page, exports, context, check } = await open('admin');
  await exports.getByRole('button', { name: 'Export', exact: true }).click();
  const link = exports.getByRole('link', { name: 'Download Events, Table (CSV)' });
  await link.waitFor();
  await control('exports', { anothers: true });
  await page.reload();
  await exports.getByText('Only who asked for it can download it.').waitFor();
  assert.equal(await link.count(), 0);
  check();
  await context.close();
});

test('an export that waits can be cancelled', { skip }, async () => {
  const { page, exports, context, check } = await open('admin', { viewport: PHONE });
  await control('exports', { hold: true });
  await exports.getByRole('button', { name: 'Export', exact: true }).click();
  await exports.getByText('Waiting').waitFor();
  await inspect(page, 'exports-waiting-phone');
  await exports.getByRole('button', { name: 'Cancel Events, Table (CSV)' }).click();
  await page.getByRole('button', { name: 'Cancel the export' }).click();
  await exports.getByText('It was cancelled.').waitFor();
  check();
  await context.close();
});

test('people make no calendar, and days that are the wrong way round are refused', { skip }, async () => {
  const { exports, context, check } = await open('admin');
  await exports.getByLabel('From').fill('2026-11-30');
  await exports.getByLabel('Until').fill('2026-11-01');
  await exports.getByRole('button', { name: 'Export', exact: true }).click();
  await exports.getByText('This must not be before the first day.').waitFor();
  await exports.getByLabel('What').selectOption('users');
  const formats = await exports.getByLabel('Format').locator('option').allInnerTexts();
  assert.ok(!formats.some((name) => name.includes('ICS')), formats.join());
  assert.equal(await exports.getByLabel('From').count(), 0);
  await exports.getByLabel('What').selectOption('full_backup');
  assert.equal(await exports.getByLabel('Format').count(), 0, 'a backup has a form of its own');
  check();
  await context.close();
});

test('who is no administrator sees none of it', { skip }, async () => {
  const { exports, context, check } = await open('user');
  assert.equal(await exports.count(), 0);
  check();
  await context.close();
});
