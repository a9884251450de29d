// The data of the development mock: six rooms, six categories, a busy week, a series, an all-day fair.
const DAY = 86_400_000;

export const CATEGORIES = [
  ['Conference', '#3b6fd6'],
  ['Wedding', '#c4427f'],
  ['Gala dinner', '#8150c8'],
  ['Workshop', '#2a9468'],
  ['Concert', '#c8622a'],
  ['Internal', '#77808c'],
];
const ROOMS = [
  ['Grand Hall', 420, 'Ground floor', ['Projector x2', 'Stage', 'PA system']],
  ['Atrium', 180, 'Ground floor', ['Projector']],
  ['Studio Stage', 250, 'Level 1', ['PA system', 'Lighting desk']],
  ['Library', 60, 'Level 1', ['Screen']],
  ['Boardroom', 18, 'Level 2', ['Screen', 'Whiteboard']],
  ['Roof Terrace', 120, 'Level 3', []],
];

// [title, room, category, day, start hour, end hour, set-up min, teardown min, extras]
const WEEK = [
  [
    'Nordic Design Summit',
    'Grand Hall',
    'Conference',
    0,
    9,
    16,
    120,
    90,
    { client_contact: 'Form & Co', staff_assigned: ['Ada Berg', 'Ali Lund'], priority_level: 'high' },
  ],
  ['Team offsite', 'Library', 'Internal', 0, 10, 12, 30, 15, {}],
  ['Board meeting', 'Boardroom', 'Internal', 0, 13, 15, 15, 15, { time_zone: 'America/New_York' }],
  ['Pottery workshop', 'Studio Stage', 'Workshop', 0, 14, 17, 45, 60, {}],
  [
    'Product launch',
    'Atrium',
    'Conference',
    1,
    17,
    20,
    150,
    60,
    {
      internal_notes: 'Client brings own cake. Dock B from 14:00.',
      equipment_required: ['Projector x2', 'PA system'],
      staff_assigned: ['Ada Berg', 'Tom Reyes'],
      budget_allocated: 18500,
      client_contact: 'Lumen, J. Ortega',
      priority_level: 'high',
    },
  ],
  ['Photo shoot', 'Roof Terrace', 'Concert', 1, 9, 12, 60, 30, {}],
  ['Strategy day', 'Boardroom', 'Workshop', 1, 9, 16, 30, 30, {}],
  ['Choir rehearsal', 'Studio Stage', 'Concert', 1, 18, 21, 30, 30, { show_as: 'tentative' }],
  ['Data for Good', 'Grand Hall', 'Conference', 2, 10, 17, 90, 60, {}],
  ['Book launch', 'Library', 'Concert', 2, 18, 20, 60, 45, {}],
  ['Leadership lab', 'Atrium', 'Workshop', 2, 9, 12.5, 45, 30, {}],
  ['Wine tasting', 'Roof Terrace', 'Gala dinner', 2, 19, 22, 60, 60, { show_as: 'tentative' }],
  [
    'Charity gala',
    'Grand Hall',
    'Gala dinner',
    3,
    18,
    23,
    240,
    60,
    { priority_level: 'critical', budget_allocated: 64000 },
  ],
  ['Morning keynote', 'Grand Hall', 'Conference', 3, 10.5, 13, 60, 90, {}],
  ['Interviews', 'Boardroom', 'Internal', 3, 10, 14, 15, 15, {}],
  ['Yoga retreat', 'Roof Terrace', 'Workshop', 3, 8, 10, 30, 30, {}],
  ['Band rehearsal', 'Studio Stage', 'Concert', 3, 13, 16, 60, 30, { is_cancelled: true }],
  [
    'Lopez wedding',
    'Atrium',
    'Wedding',
    4,
    15,
    22,
    180,
    120,
    { staff_assigned: ['Ada Berg', 'Ali Lund', 'Tom Reyes'] },
  ],
  ['Civil ceremony', 'Library', 'Wedding', 4, 12, 13, 60, 30, {}],
  ['Live session', 'Studio Stage', 'Concert', 4, 19, 22, 180, 90, {}],
  ['Site visit', 'Loading dock', 'Internal', 4, 9, 10, 0, 0, {}],
  ['Call with the caterer', '', 'Internal', 1, 14, 14.5, 0, 0, {}],
];

let counter = 0;
export const newId = () => `5${(++counter).toString(16).padStart(23, '0')}`;
export const instant = (ms) => new Date(ms).toISOString().replace('.000Z', 'Z');

/** A fresh world. `monday` is a UTC midnight; times are meant on the clocks of UTC. */
export function world(monday) {
  counter = 0;
  const user = newId();
  const at = (day, hour) => monday + day * DAY + Math.round(hour * 60) * 60_000;
  const stamp = instant(monday - 3 * DAY);
  const base = { user_id: user, created_at: stamp, updated_at: stamp };
  const calendars = [
    {
      _id: newId(),
      ...base,
      outlook_calendar_id: 'AAMk-1',
      name: 'Events',
      color: '#3b6fd6',
      is_primary: true,
      can_edit: true,
      is_active: true,
      sync_enabled: false,
      revision: 1,
    },
    {
      _id: newId(),
      ...base,
      outlook_calendar_id: 'AAMk-2',
      name: 'Weddings & private',
      color: '#c4427f',
      is_primary: false,
      can_edit: true,
      is_active: true,
      sync_enabled: false,
      revision: 1,
    },
    {
      _id: newId(),
      ...base,
      name: 'House calendar',
      color: '#2a9468',
      is_primary: false,
      can_edit: true,
      is_active: true,
      sync_enabled: false,
      revision: 1,
    },
  ];
  const categories = CATEGORIES.map(([name, color]) => ({
    _id: newId(),
    name,
    color,
    type: 'external',
    is_active: true,
    usage_count: 1,
  }));
  const locations = ROOMS.map(([name, capacity, address, equipment_available]) => ({
    _id: newId(),
    name,
    capacity,
    address,
    equipment_available,
    is_active: true,
    usage_count: 1,
  }));

  const event = (title, location, category, day, from, to, setup, teardown, extras) => {
    const start = at(day, from);
    const end = at(day, to);
    return finish({
      _id: newId(),
      ...base,
      calendar_id: calendars[category === 'Wedding' ? 1 : 0]._id,
      outlook_event_id: `AAMk-event-${counter}`,
      title,
      description:
        '<html><body><p>See the <b>run sheet</b>.</p><img src="https://tracker.invalid/p.gif"></body></html>',
      start_time: instant(start),
      end_time: instant(end),
      all_day: false,
      ...(location ? { location } : {}),
      category,
      categories: [category],
      ...(setup ? { setup_start_time: instant(start - setup * 60_000), setup_end_time: instant(start) } : {}),
      ...(teardown
        ? { teardown_start_time: instant(end), teardown_end_time: instant(end + teardown * 60_000) }
        : {}),
      equipment_required: [],
      staff_assigned: [],
      attendees: [
        { email: 'jo@lumen.example', name: 'Jo Ortega', response_status: 'accepted', is_organizer: true },
        {
          email: 'ada.berg@harbourhall.example',
          name: 'Ada Berg',
          response_status: 'tentative',
          is_organizer: false,
        },
      ],
      is_recurring: false,
      time_zone: 'Europe/Berlin',
      show_as: 'busy',
      sync_status: 'synced',
      sync_errors: [],
      revision: 1,
      ...extras,
    });
  };
  const outlook = WEEK.map((row) => event(...row));
  outlook.push(
    finish({
      ...event('Winter fair', 'Atrium', 'Gala dinner', 5, 0, 0, 0, 0, {}),
      all_day: true,
      start_time: day(at(5, 0)),
      end_time: day(at(7, 0)),
    }),
    event('Late set', 'Studio Stage', 'Concert', 5, 21, 25.5, 90, 60, {}),
  );
  const master = event('Morning briefing', 'Boardroom', 'Internal', 0, 8, 8.5, 0, 0, {
    is_recurring: true,
    recurrence_rule: ['RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR'],
    recurrence_lossless: true,
  });
  return {
    user,
    calendars,
    categories,
    locations,
    outlook,
    events: [],
    masters: [master],
    exceptions: new Map(),
    signedIn: false,
    preferences: {},
    lastRun: 0,
    runs: [],
    logs: [],
    held: [],
    tokens: [],
    role: 'user',
    exports: [],
  };
}

const day = (ms) => new Date(ms).toISOString().slice(0, 10);

/** Sets the derived occupied interval. */
export function finish(event) {
  const wall = (time) => (time.length === 10 ? `${time}T00:00:00Z` : time);
  event.occupied_from = event.setup_start_time ?? wall(event.start_time);
  event.occupied_until = event.teardown_end_time ?? wall(event.end_time);
  return event;
}

/** Whether an event overlaps a range: by its own times, or with set-up and teardown; of no length, it is where it starts. */
export function reaching(from, to, occupied) {
  const [first, last] = occupied ? ['occupied_from', 'occupied_until'] : ['start_time', 'end_time'];
  return (event) => {
    const [start, end] = [Date.parse(event[first]), Date.parse(event[last])];
    return start < to && (end > from || start >= from);
  };
}

/** The occurrences of the series (Mondays, Wednesdays, Fridays) before an instant, exceptions in their place. */
export function occurrences(state, to, reaches) {
  const found = [];
  for (const master of state.masters) {
    const first = Date.parse(master.start_time);
    const length = Date.parse(master.end_time) - first;
    // Set-up may begin a day before.
    for (let start = first; start < to + DAY; start += DAY) {
      if (![1, 3, 5].includes(new Date(start).getUTCDay())) continue;
      const original = instant(start);
      const exception = state.exceptions.get(`${master._id}:${original}`);
      const shift = (time) => time && instant(Date.parse(time) - first + start);
      const item =
        exception ??
        finish({
          ...master,
          _id: `${master._id}:${original}`,
          recurrence_master_id: master._id,
          original_start: original,
          start_time: original,
          end_time: instant(start + length),
          ...Object.fromEntries(
            ['setup_start_time', 'setup_end_time', 'teardown_start_time', 'teardown_end_time']
              .filter((field) => master[field])
              .map((field) => [field, shift(master[field])]),
          ),
          is_recurring: false,
        });
      if (reaches(item)) found.push(item);
    }
  }
  return found;
}

/** A big week for the benchmark: `count` events over `rooms` rooms. */
export function bulk(state, monday, count, rooms) {
  state.locations = Array.from({ length: rooms }, (_, index) => ({
    _id: newId(),
    name: `Room ${String(index + 1).padStart(3, '0')}`,
    capacity: 20 + index,
    is_active: true,
    equipment_available: [],
  }));
  let seed = 42;
  const random = (below) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
  const template = state.outlook[0];
  state.events = Array.from({ length: count }, (_, index) => {
    const start = monday + random(7) * DAY + (6 * 60 + random(52) * 15) * 60_000;
    const end = start + (60 + random(12) * 15) * 60_000;
    return finish({
      ...template,
      _id: newId(),
      title: `Event ${index + 1}`,
      location: `Room ${String(random(rooms) + 1).padStart(3, '0')}`,
      category: CATEGORIES[random(6)][0],
      start_time: instant(start),
      end_time: instant(end),
      setup_start_time: instant(start - 30 * 60_000),
      teardown_end_time: instant(end + 30 * 60_000),
    });
  });
}
