// A stand-in for the server while the web app is developed: the built app with the real content security policy,
// the API's shapes on data in memory, a sign-in page, live messages, and the control side of the simulator that
// the browser tests use. It is not a second implementation: only what the app needs to be seen and tested.
//
//   node tests/mock-server.mjs [port]        (default 4173)
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bulk, finish, instant, newId, occurrences, reaching, world } from './mock/data.mjs';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
export const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
const SHARED = ['title', 'description', 'start_time', 'end_time', 'all_day', 'location', 'category'];
const CSRF = 'mock-csrf';

/** Starts a mock, reached under `base` only; `close()` ends it, also its open streams. */
export async function startMock({ port = 0, monday = currentMonday(), events, rooms, base = '' } = {}) {
  let state = world(monday);
  if (events) {
    bulk(state, monday, events, rooms);
    state.signedIn = true;
  }
  const streams = new Set();
  const send = (type, data) => {
    for (const stream of streams) stream.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const timers = new Set();
  const later = (ms, work) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://mock');
    const body = await readBody(request);
    const reply = (status, value, headers = {}) => {
      response.writeHead(status, {
        'content-type': status >= 400 ? 'application/problem+json' : 'application/json',
        ...headers,
      });
      response.end(value === undefined ? '' : JSON.stringify(value));
    };
    const problem = (status, code, detail, errors) =>
      reply(status, { type: 'about:blank', title: code, status, code, detail, errors, request_id: 'mock-1' });
    if (!url.pathname.startsWith(base)) return response.writeHead(404).end();
    const path = url.pathname.slice(base.length) || '/';
    try {
      if (path.startsWith('/_sim/')) return control(path, body, reply);
      if (path.startsWith('/auth/')) return auth(path, url, response, reply);
      if (!path.startsWith('/api/')) return file(path, base, request, response);
      if (!state.signedIn) return problem(401, 'not_signed_in', 'Nobody is signed in.');
      if (request.method !== 'GET' && request.headers['x-csrf-token'] !== CSRF)
        return problem(403, 'csrf', 'The CSRF token is missing.');
      return await api(request, path.slice('/api/v1'.length), url, body, reply, problem, response);
    } catch (error) {
      console.error(error);
      problem(500, 'internal', String(error));
    }
  });

  function auth(path, url, response, reply) {
    if (path === '/auth/logout') {
      state.signedIn = false;
      return reply(204);
    }
    const back = url.searchParams.get('return_to') ?? '/';
    if (path === '/auth/outlook/login') {
      // The simulated Microsoft page.
      response.writeHead(200, { 'content-type': TYPES['.html'] });
      return response.end(
        `<!doctype html><html lang="en"><title>Sign in</title><main><h1>Pick an account</h1><a href="${base}/auth/outlook/callback?return_to=${encodeURIComponent(back)}">Ada Berg</a></main>`,
      );
    }
    state.signedIn = true;
    response.writeHead(303, { location: base + (back.startsWith('/') ? back : '/') });
    response.end();
  }

  function control(path, body, reply) {
    if (path === '/_sim/reset') {
      state = world(monday);
      return reply(204);
    }
    if (path === '/_sim/stale') {
      // Somebody else saves the event meanwhile.
      const event = state.events.find(({ title }) => title === body.title);
      event.revision += 1;
      event.client_contact = body.client_contact;
      return reply(200, event);
    }
    if (path === '/_sim/sign-out') {
      state.signedIn = false;
      return reply(204);
    }
    if (path === '/_sim/change') {
      // As Outlook has it.
      const event = state.events.find(({ title }) => title === body.title);
      finish(Object.assign(event, body.changes));
      return reply(200, event);
    }
    if (path === '/_sim/remove') {
      const event = state.events.find(({ title }) => title === body.title);
      return remove(event, reply);
    }
    if (path === '/_sim/archive') {
      const event = state.events.find(({ title }) => title === body.title);
      event.archived_at = instant(monday);
      return reply(200, event);
    }
    if (path === '/_sim/hold') {
      state.held = [
        {
          calendar_id: state.calendars[0]._id,
          calendar_name: state.calendars[0].name,
          count: 14,
          held_at: instant(monday),
          events: state.outlook.slice(0, 6).map(({ _id, title, start_time }) => ({ _id, title, start_time })),
        },
      ];
      return reply(204);
    }
    if (path === '/_sim/admin') {
      state.role = 'admin';
      return reply(204);
    }
    if (path === '/_sim/exports') {
      // Exports wait, or are written again; those that are there become another administrator's.
      if ('hold' in body) state.holdExports = body.hold;
      if (body.anothers) for (const made of state.exports) made.admin_user_id = newId();
      return reply(204);
    }
    if (path === '/_sim/fail') {
      state.failNext = true;
      return reply(204);
    }
    if (path === '/_sim/edit') {
      const event = state.outlook.find(
        (known) => known.outlook_event_id === body.event_id || known.title === body.subject,
      );
      if (!event || body.action !== 'update') return reply(404);
      event.title = body.changes.subject;
      return reply(200, { id: event.outlook_event_id });
    }
    return reply(404);
  }

  async function api(request, path, url, body, reply, problem, response) {
    const { method } = request;
    const [, resource, id, sub] = path.split('/').map(decodeURIComponent);
    switch (`${method} ${resource}`) {
      case 'GET me':
        return reply(200, {
          _id: state.user,
          email: 'ada.berg@harbourhall.example',
          display_name: 'Ada Berg',
          role: state.role,
          connections: { outlook: { status: 'ok', email: 'ada.berg@harbourhall.example' } },
          csrf_token: CSRF,
          preferences: state.preferences,
        });
      case 'PATCH me':
        Object.assign(state.preferences, body.preferences);
        return reply(200, { preferences: state.preferences });
      case 'GET calendars':
        return reply(
          200,
          list(
            state.lastRun
              ? state.calendars.map((calendar) =>
                  calendar.outlook_calendar_id
                    ? { ...calendar, last_synced: instant(state.lastRun) }
                    : calendar,
                )
              : state.calendars,
          ),
        );
      case 'POST calendars': {
        const calendar = {
          _id: newId(),
          user_id: state.user,
          can_edit: true,
          is_active: true,
          sync_enabled: false,
          revision: 1,
          ...body,
        };
        state.calendars.push(calendar);
        return reply(201, calendar);
      }
      case 'PATCH calendars': {
        const calendar = state.calendars.find((known) => known._id === id);
        Object.assign(calendar, body, { revision: calendar.revision + 1 });
        return reply(200, calendar);
      }
      case 'GET categories':
        return reply(200, list(state.categories));
      case 'GET locations':
        return reply(200, list(state.locations));
      case 'GET events':
        return id ? one(id, reply, problem) : eventsIn(url, reply);
      case 'POST events': {
        if (sub === 'restore') {
          const event = find(id);
          if (event.removed_at && event.outlook_event_id)
            return problem(409, 'outlook_read_only', 'Delete or recover the event in Outlook.');
          delete event.archived_at;
          delete event.removed_at;
          event.revision += 1;
          return reply(200, event);
        }
        const event = finish({
          _id: newId(),
          user_id: state.user,
          categories: [],
          attendees: [],
          is_recurring: false,
          sync_status: 'not_synced',
          sync_errors: [],
          revision: 1,
          equipment_required: [],
          staff_assigned: [],
          ...body,
        });
        state.events.push(event);
        return reply(201, event);
      }
      case 'PATCH events':
        return patch(id, request, body, reply, problem);
      case 'DELETE events':
        return remove(find(id), reply);
      case 'GET admin':
        return reply(200, list(state.role === 'admin' ? [person()] : []));
      case 'GET exports':
        return reply(200, list(state.exports));
      case 'POST exports':
        return id ? cancelExport(id, reply, problem) : startExport(body, reply);
      case 'GET tokens':
        return reply(200, list(state.tokens.map((token) => ({ ...token, token: undefined }))));
      case 'POST tokens': {
        const token = {
          _id: newId(),
          name: body.name,
          prefix: 'cb_4f2a',
          created_at: instant(Date.now()),
          expires_at: instant(Date.now() + 90 * 86_400_000),
          token: 'cb_4f2a_shown_once_0123456789abcdef',
        };
        state.tokens.push(token);
        return reply(201, token);
      }
      case 'DELETE tokens':
        state.tokens = state.tokens.filter((token) => token._id !== id);
        return reply(204);
      case 'GET stream':
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
        response.write(': hello\n\n');
        streams.add(response);
        return request.on('close', () => streams.delete(response));
    }
    if (resource !== 'sync') return problem(404, 'not_found', 'No such resource.');
    if (id === 'runs') return method === 'POST' ? startRun(body, reply) : reply(200, { items: state.runs });
    if (id === 'logs') {
      const status = url.searchParams.get('status');
      return reply(200, list(state.logs.filter((log) => !status || log.status === status)));
    }
    if (sub) {
      state.held = state.held.filter((held) => held.calendar_id !== sub);
      return reply(204);
    }
    return reply(200, { items: state.held });
  }

  function eventsIn(url, reply) {
    const from = Date.parse(url.searchParams.get('from'));
    const to = Date.parse(url.searchParams.get('to') ?? '9999-01-01');
    const limit = Number(url.searchParams.get('limit') ?? 100);
    const start = Number(url.searchParams.get('cursor') ?? 0);
    const included = (url.searchParams.get('include') ?? '').split(',');
    const [archived, removed] = ['archived', 'removed'].map((word) => included.includes(word));
    const reaches = reaching(from, to, url.searchParams.get('occupied') === 'true');
    const singles = state.events.filter(
      (event) => reaches(event) && (archived || !event.archived_at) && (removed || !event.removed_at),
    );
    const series = url.searchParams.get('expand') === 'series';
    const repeated = series ? state.masters : occurrences(state, to, reaches);
    const all = state.lastRun ? [...singles, ...repeated] : singles;
    const next = start + limit < all.length ? String(start + limit) : null;
    reply(200, { items: all.slice(start, start + limit), next_cursor: next });
  }

  function find(id) {
    const stored = [...state.events, ...state.masters, ...state.exceptions.values()];
    const known = stored.find((event) => event._id === id);
    if (known || !id.includes(':')) return known;
    const start = Date.parse(id.slice(id.indexOf(':') + 1));
    const all = occurrences(state, start + 1, () => true);
    return all.find((event) => `${event.recurrence_master_id}:${event.original_start}` === id);
  }

  /** The first time it can be recovered, the second time it is gone. */
  function remove(event, reply) {
    if (event.removed_at) state.events = state.events.filter((known) => known !== event);
    else Object.assign(event, { removed_at: instant(Date.now()), revision: event.revision + 1 });
    send('event_changed', { event_id: event._id, calendar_id: event.calendar_id });
    return reply(204);
  }

  function one(id, reply, problem) {
    const event = find(id);
    return event
      ? reply(200, event, { etag: `"${event.revision}"` })
      : problem(404, 'not_found', 'There is no such event.');
  }

  function patch(id, request, body, reply, problem) {
    const event = find(id);
    if (!event) return problem(404, 'not_found', 'There is no such event.');
    if (request.headers['if-match'] !== `"${event.revision}"`)
      return problem(412, 'stale_revision', 'The event was changed meanwhile.');
    if (event.outlook_event_id && SHARED.some((field) => field in body))
      return problem(
        422,
        'shared_fields_read_only',
        'Shared fields of an Outlook event are changed in Outlook.',
        [{ field: 'title', message: 'Change this in Outlook.' }],
      );
    if (body.budget_allocated < 0)
      return problem(422, 'validation_failed', 'Some fields are not valid.', [
        { field: 'budget_allocated', message: 'A budget cannot be negative.' },
      ]);
    const changed = Object.fromEntries(
      Object.entries({ ...event, ...body }).filter(([, value]) => value !== null),
    );
    changed.revision += 1;
    changed.updated_at = instant(Date.now());
    finish(changed);
    if (changed._id.includes(':')) changed._id = newId(); // an occurrence becomes an exception
    if (changed.recurrence_master_id)
      state.exceptions.set(`${changed.recurrence_master_id}:${changed.original_start}`, changed);
    for (const list of [state.events, state.masters])
      if (list.includes(event)) list[list.indexOf(event)] = changed;
    send('event_changed', { event_id: changed._id, calendar_id: changed.calendar_id });
    return reply(200, changed, { etag: `"${changed.revision}"` });
  }

  const person = () => ({
    _id: state.user,
    email: 'ada.berg@harbourhall.example',
    display_name: 'Ada Berg',
    role: state.role,
    is_disabled: false,
    created_at: instant(monday),
    updated_at: instant(monday),
    revision: 1,
  });

  function startExport(body, reply) {
    const made = {
      _id: newId(),
      admin_user_id: state.user,
      status: 'pending',
      created_at: instant(Date.now()),
      updated_at: instant(Date.now()),
      progress_count: 0,
      revision: 1,
      ...body,
    };
    state.exports.unshift(made);
    reply(201, made);
    if (!state.holdExports) later(120, () => write(made, 2));
  }

  function write(made, steps) {
    if (made.status !== 'pending') return;
    made.progress_count += 120;
    if (steps === 0)
      Object.assign(made, {
        status: 'completed',
        completed_at: instant(Date.now()),
        file_path: `${made._id}-1.${made.format}`,
        file_size: 48_211,
        record_count: made.progress_count,
        expires_at: instant(Date.now() + 30 * 86_400_000),
      });
    tellExport(made);
    if (steps > 0) later(120, () => write(made, steps - 1));
  }

  function cancelExport(id, reply, problem) {
    const made = state.exports.find((known) => known._id === id);
    if (made?.status !== 'pending') return problem(409, 'export_over', 'The export has ended already.');
    Object.assign(made, { status: 'error', error_message: 'It was cancelled.', cancelled_by: state.user });
    tellExport(made);
    return reply(200, made);
  }

  const tellExport = ({ _id, status, progress_count }) =>
    send('export_progress', { export_id: _id, status, progress_count });

  function startRun(body, reply) {
    const calendars = state.calendars.filter(
      (calendar) =>
        calendar.outlook_calendar_id &&
        calendar.is_active &&
        (!body.calendar_id || calendar._id === body.calendar_id),
    );
    const runs = calendars.map((calendar) => ({
      run_id: newId(),
      calendar_id: calendar._id,
      state: 'running',
      pages: 0,
      events_processed: 0,
      events_created: 0,
      events_updated: 0,
      events_deleted: 0,
      started_at: instant(Date.now()),
    }));
    state.runs = [...runs, ...state.runs];
    for (const run of runs) advance(run, 3);
    reply(202, { runs: runs.map(({ run_id, calendar_id }) => ({ run_id, calendar_id })) });
  }

  function advance(run, steps) {
    send('sync_progress', run);
    later(60, () => {
      if (steps > 0) {
        run.pages += 1;
        run.events_processed += 4;
        return advance(run, steps - 1);
      }
      run.completed_at = instant(Date.now());
      if (state.failNext) {
        state.failNext = false;
        run.state = 'failed';
        run.error = {
          code: 'throttled',
          message: 'Outlook asked to slow down (429).',
          advice: 'Nothing was lost; the next run starts in 2 minutes, or press Retry.',
        };
      } else {
        run.state = 'done';
        merge(run);
        state.lastRun = Date.now();
      }
      state.logs.unshift({
        _id: newId(),
        user_id: state.user,
        calendar_id: run.calendar_id,
        sync_type: 'outlook_to_local',
        status: run.state === 'done' ? 'success' : 'error',
        ...Object.fromEntries(
          [
            'events_processed',
            'events_created',
            'events_updated',
            'events_deleted',
            'started_at',
            'completed_at',
          ].map((field) => [field, run[field]]),
        ),
        errors: run.error ? [{ error_message: run.error.message, error_code: run.error.code }] : [],
        duration_ms: 240,
      });
      send('sync_progress', run);
    });
  }

  /** What a sync does: shared fields come from Outlook, internal ones stay. */
  function merge(run) {
    for (const remote of state.outlook.filter((event) => event.calendar_id === run.calendar_id)) {
      const known = state.events.find((event) => event._id === remote._id);
      if (!known) {
        state.events.push({ ...remote });
        run.events_created += 1;
      } else if (known.title !== remote.title) {
        known.title = remote.title;
        known.revision += 1;
        run.events_updated += 1;
        send('event_changed', { event_id: known._id, calendar_id: known.calendar_id });
      }
    }
  }

  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      for (const timer of timers) clearTimeout(timer);
      for (const stream of streams) stream.end();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

const list = (items) => ({ items, next_cursor: null });

function file(path, base, request, response) {
  const wanted = normalize(join(DIST, path));
  const isAsset = wanted.startsWith(DIST) && existsSync(wanted) && statSync(wanted).isFile();
  const isPage =
    !isAsset && (request.headers.accept ?? '').includes('text/html') && !path.startsWith('/assets/');
  if (!isAsset && !isPage) return response.writeHead(404).end();
  const served = isAsset ? wanted : join(DIST, 'index.html');
  response.writeHead(200, {
    'content-type': TYPES[extname(served)] ?? 'application/octet-stream',
    'content-security-policy': CSP,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
  });
  if (isAsset) return createReadStream(served).pipe(response);
  // The server moves the addresses of the page, too.
  const page = readFileSync(served, 'utf8').replaceAll(/(src|href)="\//g, `$1="${base}/`);
  response.end(base ? page.replace('<html ', `<html data-base="${base}" `) : page);
}

async function readBody(request) {
  let raw = '';
  for await (const chunk of request) raw += chunk;
  return raw ? JSON.parse(raw) : {};
}

/** The UTC midnight of this week's Monday. */
export function currentMonday(now = Date.now()) {
  const midnight = Math.floor(now / 86_400_000) * 86_400_000;
  return midnight - ((new Date(midnight).getUTCDay() + 6) % 7) * 86_400_000;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mock = await startMock({ port: Number(process.argv[2] ?? 4173) });
  console.log(`Callboard mock: ${mock.url}`);
}
