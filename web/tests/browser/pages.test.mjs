// Every page in both themes, on a desk and on a phone: axe finds nothing, the policy holds, pictures are kept.
import { after, before, test } from 'node:test';
import { DESKTOP, PHONE, inspect, launch, openPage, signIn, startTarget, syncAll } from './harness.mjs';

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

for (const [device, viewport] of [
  ['desktop', DESKTOP],
  ['phone', PHONE],
  ['small', { width: 320, height: 640 }],
]) {
  test(`pages on ${device}`, async () => {
    const { context, page, check } = await openPage(browser, target, { viewport });
    await page.goto('/');
    if (
      await page
        .getByRole('link', { name: 'Sign in with Outlook' })
        .waitFor({ timeout: 5_000 })
        .then(
          () => true,
          () => false,
        )
    ) {
      await inspect(page, `sign-in-${device}`);
      await signIn(page);
    }
    await syncAll(page);
    await inspect(page, `sync-${device}`);
    const nav = page.getByRole('navigation', { name: 'Main' });
    await nav.getByRole('link', { name: 'Calendar' }).click();
    const firstEvent = page.locator('main [data-event-id]').first();
    await firstEvent.waitFor();
    await page.waitForFunction(
      () => document.querySelector('main section')?.getAttribute('aria-busy') === 'false',
    );
    await inspect(page, `week-${device}`);
    await firstEvent.click();
    await page.getByRole('complementary', { name: 'Event' }).getByLabel('Internal notes').waitFor();
    await inspect(page, `event-${device}`);
    await page.keyboard.press('Escape');
    await page.getByRole('complementary', { name: 'Event' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'New event' }).first().click();
    await page.getByRole('complementary', { name: 'New event' }).waitFor();
    await inspect(page, `new-event-${device}`);
    await page.keyboard.press('Escape');
    await nav.getByRole('link', { name: 'Rooms' }).click();
    await page.locator('main [data-event-id]').first().waitFor();
    await inspect(page, `rooms-week-${device}`);
    await page.getByRole('button', { name: 'Day', exact: true }).click();
    await page.waitForFunction(
      () => document.querySelector('main section')?.getAttribute('aria-busy') === 'false',
    );
    await inspect(page, `rooms-day-${device}`);
    await nav.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Access tokens' }).waitFor();
    await inspect(page, `settings-${device}`);
    if (device === 'desktop') {
      await page.locator('h1').click();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
      await inspect(page, 'keys');
    } else {
      await page.getByRole('button', { name: 'Menu and filters' }).click();
      await page.getByRole('dialog').waitFor();
      await inspect(page, `menu-${device}`);
    }
    check();
    await context.close();
  });
}
