// How long the room timeline takes from its mount until it is painted, with many events. Prints one JSON line:
//   node tests/bench/timeline.mjs [events=5000] [rooms=100] [runs=5]
// The data is loaded first (in the week view); then "Rooms" is opened and the second frame after it is awaited.
import { launch, openPage } from '../browser/harness.mjs';
import { startMock } from '../mock-server.mjs';

const [events = 5000, rooms = 100, runs = 5] = process.argv.slice(2).map(Number);
const mock = await startMock({ events, rooms });
const browser = await launch();
const mounts = [];
const scrolls = [];
const idles = [];
let nodes = 0;
for (let run = 0; run < runs; run++) {
  const { page, context } = await openPage(browser, { url: mock.url });
  await page.goto('/sync');
  await page.getByRole('link', { name: 'Rooms' }).waitFor();
  // Load the week, leave, and come back: what is measured then is the view, not the network.
  await page.getByRole('link', { name: 'Rooms' }).click();
  await page.waitForFunction(
    () => document.querySelector('main section')?.getAttribute('aria-busy') === 'false',
    null,
    { timeout: 60_000 },
  );
  await page.getByRole('link', { name: 'Sync' }).click();
  await page.getByRole('heading', { name: 'Log' }).waitFor();
  const measured = await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const painted = async () => {
      await frame();
      await new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = resolve;
        port2.postMessage(0);
      });
    };
    const start = performance.now();
    document.querySelector('nav a[href^="/rooms"]').click();
    while (!document.querySelector('[role="grid"] [data-event-id]')) await frame();
    await painted();
    const mount = performance.now() - start;
    const grid = document.querySelector('[role="grid"]');
    // What a frame takes here when nothing happens: the floor of the figure after it.
    let idle = 0;
    for (let step = 0; step < 20; step++) {
      const before = performance.now();
      await painted();
      idle = Math.max(idle, performance.now() - before);
    }
    let worst = 0;
    for (let step = 0; step < 20; step++) {
      const before = performance.now();
      grid.scrollTop += 220;
      grid.scrollLeft += 90;
      await painted();
      worst = Math.max(worst, performance.now() - before);
    }
    return { mount, idle, worst, nodes: grid.querySelectorAll('*').length };
  });
  mounts.push(measured.mount);
  scrolls.push(measured.worst);
  idles.push(measured.idle);
  nodes = measured.nodes;
  await context.close();
}
await browser.close();
await mock.close();
const median = (list) => Math.round([...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]);
console.log(
  JSON.stringify({
    bench: 'timeline',
    events,
    rooms,
    runs,
    mount_ms: median(mounts),
    mount_range_ms: [Math.round(Math.min(...mounts)), Math.round(Math.max(...mounts))],
    worst_idle_frame_ms: median(idles),
    worst_scroll_frame_ms: median(scrolls),
    dom_nodes: nodes,
    goal_ms: 500,
  }),
);
