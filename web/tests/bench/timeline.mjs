// How long the room timeline takes from its mount until it is painted, with many events. Prints one JSON line:
//   node tests/bench/timeline.mjs [events=5000] [rooms=100] [runs=5]
// The data is loaded first; then "Rooms" is opened and the second frame after it is awaited; then it is scrolled. Times
// by the clock depend on what else the machine does (see the idle frame); the CPU time of the page's main thread, from
// a trace, does not.
import { launch, openPage } from '../browser/harness.mjs';
import { startMock } from '../mock-server.mjs';

const [events = 5000, rooms = 100, runs = 5] = process.argv.slice(2).map(Number);
// 3,600 pixels a second down and 1,500 to the right: a fast hand on a wheel or a touch pad.
const FRAMES = 60;
const mock = await startMock({ events, rooms });
const browser = await launch();
const mounts = [];
const scrolls = [];
const idles = [];
const scrollCpus = [];
const taskCpus = [];
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
  await page.evaluate(() => {
    window.frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    window.painted = async () => {
      await window.frame();
      await new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = resolve;
        port2.postMessage(0);
      });
    };
  });
  const measured = await page.evaluate(async () => {
    const { frame, painted } = window;
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
    return { mount, idle, nodes: grid.querySelectorAll('*').length };
  });
  const cpu = await mainThreadCpu(browser, async () => {
    const worst = await page.evaluate(async (frames) => {
      const grid = document.querySelector('[role="grid"]');
      let worst = 0;
      for (let step = 0; step < frames; step++) {
        const before = performance.now();
        grid.scrollTop += 60;
        grid.scrollLeft += 25;
        await window.painted();
        worst = Math.max(worst, performance.now() - before);
      }
      return worst;
    }, FRAMES);
    scrolls.push(worst);
  });
  scrollCpus.push(cpu.total / FRAMES);
  taskCpus.push(cpu.longest);
  mounts.push(measured.mount);
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
    scroll_frame_cpu_ms: median(scrollCpus),
    longest_scroll_task_cpu_ms: median(taskCpus),
    dom_nodes: nodes,
    goal_ms: 500,
  }),
);

/** CPU milliseconds of the page's main thread while `work` runs: of all tasks, and of the longest one. */
async function mainThreadCpu(browser, work) {
  const session = await browser.newBrowserCDPSession();
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  const traceConfig = { includedCategories: ['toplevel', '__metadata'] };
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig });
  await work();
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await complete;
  await session.detach();
  const mains = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}/${tid}`),
  );
  const tasks = events
    .filter(
      ({ name, ph, pid, tid }) =>
        name === 'ThreadControllerImpl::RunTask' && ph === 'X' && mains.has(`${pid}/${tid}`),
    )
    .map(({ tdur = 0 }) => tdur / 1000);
  return { total: tasks.reduce((sum, ms) => sum + ms, 0), longest: Math.max(0, ...tasks) };
}
