import { expect, test } from 'vitest';
import { plainText } from './plain-text';

test.each([
  ['Bring 3 < 5 chairs & a table', 'Bring 3 < 5 chairs & a table'],
  ['  two\nlines ', 'two\nlines'],
  ['<p>One</p><p>Two</p>', 'One\nTwo'],
  ['a<br>b<br/>c', 'a\nb\nc'],
  ['<ul><li>one</li><li>two</li></ul>', '• one\n• two'],
  ['<b>AT&amp;T</b> &lt;3 &#8364; &#x20AC;&nbsp;5', 'AT&T <3 € € 5'],
  ['<html><head><title>x</title><style>p{}</style></head><body>Hi</body></html>', 'Hi'],
  ['<script>alert(1)</script>Hi', 'Hi'],
  ['<img src="https://tracker.invalid/p.gif" onerror="x">Hi', 'Hi'],
  ['<!-- note --><p>Hi</p>', 'Hi'],
  ['<p>&unknown; &#0;</p>', '&unknown; &#0;'],
  ['', ''],
])('%j', (source, text) => expect(plainText(source)).toBe(text));
