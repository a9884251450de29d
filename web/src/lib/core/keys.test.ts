import { expect, test, vi } from 'vitest';
import { KeyRegistry, takesText, type KeyPress } from './keys';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  isComposing: false,
  defaultPrevented: false,
  target: { tagName: 'BODY' },
  preventDefault: vi.fn(),
  ...more,
});
function registry(context = { enabled: () => true, dialogOpen: () => false }) {
  const keys = new KeyRegistry(context);
  const run = vi.fn();
  keys.add([{ key: 't', label: 'Today', run }]);
  return { keys, run };
}

test('runs what is bound and takes the press', () => {
  const { keys, run } = registry();
  const event = press('T');
  expect(keys.handle(event)).toBe(true);
  expect(run).toHaveBeenCalledOnce();
  expect(event.preventDefault).toHaveBeenCalledOnce();
});

test.each<[string, KeyPress]>([
  ['another key', press('x')],
  ['a field', press('t', { target: { tagName: 'INPUT' } })],
  ['a text area', press('t', { target: { tagName: 'TEXTAREA' } })],
  ['a choice', press('t', { target: { tagName: 'SELECT' } })],
  ['editable text', press('t', { target: { tagName: 'DIV', isContentEditable: true } })],
  ['Ctrl', press('t', { ctrlKey: true })],
  ['Meta', press('t', { metaKey: true })],
  ['Alt', press('t', { altKey: true })],
  ['an input method', press('t', { isComposing: true })],
  ['a press that was taken', press('t', { defaultPrevented: true })],
])('leaves %s alone', (_, event) => {
  const { keys, run } = registry();
  expect(keys.handle(event)).toBe(false);
  expect(run).not.toHaveBeenCalled();
});

test('can be switched off, and never fires behind a dialog', () => {
  expect(registry({ enabled: () => false, dialogOpen: () => false }).keys.handle(press('t'))).toBe(false);
  expect(registry({ enabled: () => true, dialogOpen: () => true }).keys.handle(press('t'))).toBe(false);
});

test('a later binding wins until it is taken away', () => {
  const { keys, run } = registry();
  const later = vi.fn();
  const remove = keys.add([{ key: 't', label: 'Other', run: later }]);
  keys.handle(press('t'));
  expect(later).toHaveBeenCalledOnce();
  remove();
  keys.handle(press('t'));
  expect(run).toHaveBeenCalledOnce();
  expect(keys.list().map(({ label }) => label)).toEqual(['Today']);
});

test('takesText knows nothing of nothing', () => expect(takesText(null)).toBe(false));
