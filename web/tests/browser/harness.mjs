// What the browser tests share: one Chromium, a server (the mock, or a real one by CALLBOARD_URL), screenshots
// under target/, axe, and a watch over content security policy and requests off the host.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { startMock } from '../mock-server.mjs';

const SHOTS = fileURLToPath(new URL('../../../target/screenshots/', import.meta.url));
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
export const DESKTOP = { width: 1440, height: 860 };
export const PHONE = { width: 390, height: 844 };

/** The server under test and the control side of its simulator. */
export async function startTarget({ base = '' } = {}) {
  const url = process.env.CALLBOARD_URL;
  if (url)
    return {
      url: url.replace(/\/$/, ''),
      sim: (process.env.SIM_URL ?? '').replace(/\/$/, ''),
      isMock: false,
      close: async () => undefined,
    };
  const mock = await startMock({ base });
  return { url: mock.url + base, sim: mock.url, isMock: true, close: mock.close };
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CALLBOARD_CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
  });
}

/** A fresh browser profile on the zone of the mock's data, with a watch that `check()` reads. */
export async function openPage(browser, target, { viewport = DESKTOP, theme, locale = 'en-GB' } = {}) {
  const context = await browser.newContext({
    viewport,
    baseURL: target.url,
    timezoneId: 'UTC',
    locale,
    colorScheme: theme ?? 'light',
  });
  const page = await context.newPage();
  const found = [];
  const allowed = new Set([new URL(target.url).host]);
  if (target.sim) allowed.add(new URL(target.sim).host); // the simulated sign-in page
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith('http') && !allowed.has(host))
      found.push(`request off the host: ${request.url()}`);
  });
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) found.push(`CSP: ${message.text()}`);
  });
  page.on('pageerror', (error) => found.push(`page error: ${error.message}`));
  return { context, page, check: () => assert.deepEqual(found, []) };
}

/** Signs in by the button and the person's name on the (simulated) Microsoft page. */
export async function signIn(page, path = '/calendar') {
  const person = process.env.CALLBOARD_PERSON ?? 'Ada Berg';
  await page.goto(path);
  await page.getByRole('link', { name: 'Sign in with Outlook' }).click();
  const choice = page.getByRole('link', { name: person }).or(page.getByRole('button', { name: person }));
  await choice.first().click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}

/** Turns one of the mock's switches. */
export const switchMock = (target, path, body = {}) =>
  fetch(`${target.sim}/_sim/${path}`, { method: 'POST', body: JSON.stringify(body) });

/** The view has read its days. */
export const loaded = (page) =>
  page.waitForFunction(() => document.querySelector('main section')?.getAttribute('aria-busy') === 'false');

/** A page on a mock as it was at first, signed in and synced. */
export async function openFresh(browser, target, path = '/calendar', options) {
  await switchMock(target, 'reset');
  const opened = await openPage(browser, target, options);
  await signIn(opened.page, path);
  await syncAll(opened.page);
  await opened.page.goto(path);
  if (path !== '/sync') await loaded(opened.page);
  return { ...opened, panel: opened.page.getByRole('complementary', { name: 'Event' }) };
}

/** Opens an event of the view by its title. */
export async function openEvent(page, title) {
  await page
    .locator('main')
    .getByRole('button', { name: new RegExp(`^${title}`) })
    .first()
    .click();
  await page
    .getByRole('complementary', { name: 'Event' })
    .getByRole('heading', { level: 2, name: title })
    .waitFor();
}

/** Acts as the person in Outlook: gives an event another title. */
export async function editInOutlook(target, eventId, changes) {
  const user = process.env.CALLBOARD_PERSON_MAIL ?? 'ada.berg@harbourhall.example';
  const response = await fetch(`${target.sim}/_sim/edit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user, action: 'update', event_id: eventId, changes }),
  });
  assert.equal(response.status, 200, await response.text());
}

/** Makes events in a calendar of Callboard itself, as whoever is signed in; `remove()` takes them away for good. */
export async function localEvents(page, events) {
  const api = (path) => `${new URL(page.url()).origin}/api/v1${path}`;
  const me = await (await page.request.get(api('/me'))).json();
  const headers = { 'x-csrf-token': me.csrf_token };
  const send = async (method, path, data) => {
    const answer = await page.request.fetch(api(path), { method, headers, data });
    assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
    return answer.status() === 204 ? undefined : answer.json();
  };
  const { items } = await send('GET', '/calendars');
  const own = items.find(({ user_id, outlook_calendar_id }) => user_id === me._id && !outlook_calendar_id);
  const calendar = own ?? (await send('POST', '/calendars', { name: 'House calendar', color: '#4f6bd8' }));
  const made = [];
  for (const event of events)
    made.push(
      await send('POST', '/events', {
        calendar_id: calendar._id,
        all_day: false,
        location: 'Grand Hall',
        time_zone: 'UTC',
        ...event,
      }),
    );
  return {
    events: made,
    send,
    /** The first time it is removed and can be recovered, the second time it is gone. */
    remove: async () => {
      for (const { _id } of [...made, ...made]) await send('DELETE', `/events/${_id}`);
    },
  };
}

/** Presses "Sync all" and waits until the page says of every run it began that it has ended. */
export async function syncAll(page) {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Sync' }).click();
  const begun = page.waitForResponse(
    (response) => response.url().endsWith('/api/v1/sync/runs') && response.request().method() === 'POST',
  );
  await page.getByRole('button', { name: 'Sync all' }).click();
  const { runs } = await (await begun).json();
  assert.ok(runs.length > 0, 'there is a calendar to sync');
  for (const { run_id } of runs)
    await page.locator(`li[data-run="${run_id}"]:not([data-state="running"])`).waitFor();
  await page.locator('table tbody tr').first().waitFor();
}

export async function setTheme(page, theme) {
  await page.emulateMedia({ colorScheme: theme });
  await page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme);
}

/** No violation of WCAG 2.0 to 2.2 A and AA, nor of axe's best practices. */
export async function assertAccessible(page, name) {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  const lines = violations.map(
    ({ id, impact, help, nodes }) =>
      `${id} (${impact}): ${help}\n  ${nodes
        .slice(0, 4)
        .map(
          (node) =>
            `${node.html.slice(0, 200)}\n    ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ''}`,
        )
        .join('\n  ')}`,
  );
  assert.equal(violations.length, 0, `${name}:\n${lines.join('\n')}`);
}

export async function shoot(page, name) {
  mkdirSync(SHOTS, { recursive: true });
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: `${SHOTS}${name}.png`, animations: 'disabled' });
}

/** The page in both themes: looked at by axe, and kept as a picture. */
export async function inspect(page, name) {
  for (const theme of ['light', 'dark']) {
    await setTheme(page, theme);
    await assertAccessible(page, `${name}, ${theme}`);
    await shoot(page, `${name}-${theme}`);
  }
  await setTheme(page, 'light');
}
