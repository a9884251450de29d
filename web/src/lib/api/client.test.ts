import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiError, Client, isAbort } from './client';

interface Sent {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
}
let sent: Sent[];
let answers: Response[];
const onSignedOut = vi.fn();
const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status });

const client = () =>
  new Client({
    fetch: (input, init) => {
      sent.push({
        url: String(input),
        method: init?.method ?? 'GET',
        headers: init?.headers as Record<string, string>,
        body: init?.body as string | undefined,
      });
      const answer = answers.shift();
      return answer ? Promise.resolve(answer) : Promise.reject(new TypeError('no connection'));
    },
    onSignedOut,
    newId: () => 'id-1',
  });

beforeEach(() => {
  sent = [];
  answers = [];
  onSignedOut.mockReset();
});

describe('requests', () => {
  test('a change carries token, revision and the form of a merge patch', async () => {
    answers = [json({ csrf_token: 'secret' }), json({ _id: '5f' })];
    const api = client();
    await api.me();
    await api.changeEvent('5f:2026-11-23T09:00:00Z', 3, { internal_notes: null });
    expect(sent[1]).toEqual({
      method: 'PATCH',
      url: '/api/v1/events/5f%3A2026-11-23T09%3A00%3A00Z',
      headers: {
        Accept: 'application/json',
        'X-CSRF-Token': 'secret',
        'If-Match': '"3"',
        'Content-Type': 'application/merge-patch+json',
      },
      body: '{"internal_notes":null}',
    });
  });

  test('reading carries no token', async () => {
    answers = [json({ _id: '5f' })];
    await client().event('5f');
    expect(sent[0]?.headers).toEqual({ Accept: 'application/json' });
  });

  test('creating can be repeated without doubling', async () => {
    answers = [json({ _id: '5f' }, 201)];
    await client().createEvent({
      title: 'x',
      start_time: '',
      end_time: '',
      all_day: false,
      calendar_id: 'c',
    });
    expect(sent[0]?.headers['Idempotency-Key']).toBe('id-1');
  });

  test('lists are read to their end', async () => {
    answers = [json({ items: [1, 2], next_cursor: 'n' }), json({ items: [3], next_cursor: null })];
    expect(await client().events({ from: 'a', to: 'b', category: undefined })).toEqual([1, 2, 3]);
    expect(sent.map(({ url }) => url)).toEqual([
      '/api/v1/events?from=a&to=b&limit=500',
      '/api/v1/events?from=a&to=b&limit=500&cursor=n',
    ]);
  });

  test('an answer without content', async () => {
    answers = [new Response(null, { status: 204 })];
    expect(await client().deleteEvent('5f', 1)).toBeUndefined();
  });
});

describe('errors', () => {
  const refusal = async (work: Promise<unknown>): Promise<ApiError> => {
    const error: unknown = await work.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiError);
    return error as ApiError;
  };

  test('a problem document is kept, with its fields', async () => {
    answers = [
      json(
        {
          title: 't',
          code: 'validation_failed',
          detail: 'd',
          errors: [{ field: 'budget_allocated', message: 'no' }],
        },
        422,
      ),
    ];
    const error = await refusal(client().event('5f'));
    expect(error).toMatchObject({
      status: 422,
      code: 'validation_failed',
      message: 'd',
      fields: { budget_allocated: 'no' },
    });
    expect(onSignedOut).not.toHaveBeenCalled();
  });

  test('nobody is signed in', async () => {
    answers = [json({ code: 'not_signed_in' }, 401)];
    await refusal(client().me());
    expect(onSignedOut).toHaveBeenCalledOnce();
  });

  test('an answer of something in between', async () => {
    answers = [new Response('<h1>Bad gateway</h1>', { status: 502 })];
    expect(await refusal(client().me())).toMatchObject({ status: 502, code: 'unexpected' });
  });

  test('no connection', async () => {
    expect(await refusal(client().me())).toMatchObject({ status: 0, code: 'network' });
  });

  test('given up on purpose', async () => {
    const stop = new AbortController();
    stop.abort();
    const aborted = new Client({
      fetch: () => Promise.reject(new DOMException('', 'AbortError')),
      onSignedOut,
      newId: () => '',
    });
    const error: unknown = await aborted.me(stop.signal).catch((reason: unknown) => reason);
    expect(isAbort(error)).toBe(true);
  });
});
