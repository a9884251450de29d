/** What an error says to a person: the server's words where it gave any, else ours. */
import { ApiError } from './api/client';
import { text } from './text';

export function explain(error: unknown): string {
  if (!(error instanceof ApiError)) return text.errors.network;
  if (error.code === 'network') return text.errors.network;
  if (error.code === 'unexpected') return text.errors.unexpected(error.status);
  return error.problem.detail ?? error.problem.title;
}
