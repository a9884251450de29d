/**
 * The sub-path under which people reach Callboard, when a proxy has it next to others: the server says it on the page's
 * `html` element. Addresses are kept without it and get it where they meet the browser.
 */
export const base: string =
  typeof document === 'undefined' ? '' : (document.documentElement.dataset.base ?? '');

/** An address of ours as the browser needs it. */
export function addressed(path: string, under = base): string {
  return under + path;
}

/** The browser's path without the sub-path; undefined for one outside of it. */
export function within(path: string, under = base): string | undefined {
  if (!path.startsWith(under)) return undefined;
  const rest = path.slice(under.length);
  return rest === '' ? '/' : rest.startsWith('/') ? rest : undefined;
}
