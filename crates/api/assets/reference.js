// Shows the OpenAPI document. Everything is set as text: nothing of the document is ever read as HTML.

const base = document.body.dataset.base ?? '';
const methods = ['get', 'post', 'patch', 'put', 'delete'];

function element(name, { text, className, id, href } = {}, children = []) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  if (id) made.id = id;
  if (href) made.setAttribute('href', href);
  made.append(...children.filter(Boolean));
  return made;
}

function paragraphs(text = '') {
  return text
    .split(/\n{2,}/)
    .filter(Boolean)
    .map((part) => element('p', { text: part.replaceAll('`', '') }));
}

function resolve(spec, value) {
  const parts = value?.$ref?.replace('#/', '').split('/');
  return parts ? parts.reduce((at, part) => at?.[part], spec) : value;
}

function typeOf(schema = {}) {
  if (schema.$ref) return schema.$ref.split('/').at(-1);
  if (schema.oneOf) return schema.oneOf.map(typeOf).join(' or ');
  if (schema.enum) return schema.enum.join(', ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
  const type = Array.isArray(schema.type) ? schema.type.join(' or ') : (schema.type ?? 'anything');
  return schema.format ? `${type} (${schema.format})` : type;
}

function table(heads, rows) {
  if (rows.length === 0) return undefined;
  const head = element('tr', {}, heads.map((text) => element('th', { text })));
  const body = rows.map((row) => element('tr', {}, row.map((text) => element('td', { text: text ?? '' }))));
  return element('table', {}, [element('thead', {}, [head]), element('tbody', {}, body)]);
}

function fields(spec, schema) {
  const object = resolve(spec, schema) ?? {};
  const all = [object, ...(object.allOf ?? []).map((part) => resolve(spec, part))];
  const rows = all.flatMap((part) =>
    Object.entries(part?.properties ?? {}).map(([name, field]) => [
      (part.required ?? []).includes(name) ? name : `${name}?`,
      typeOf(field),
      field.description,
    ]),
  );
  return table(['Field', 'Type', 'Meaning'], rows);
}

function example(content) {
  const value = content?.example ?? Object.values(content?.examples ?? {})[0]?.value;
  if (value === undefined) return undefined;
  return element('pre', { text: typeof value === 'string' ? value : JSON.stringify(value, null, 2) });
}

function body(spec, heading, content = {}) {
  return Object.entries(content).flatMap(([type, media]) => [
    element('h4', { text: `${heading} (${type})` }),
    fields(spec, media.schema),
    example(media),
    example({ example: resolve(spec, media.schema)?.example }),
  ]);
}

function operation(spec, path, method, op) {
  const parameters = (op.parameters ?? []).map((given) => {
    const parameter = resolve(spec, given);
    const name = parameter.required ? parameter.name : `${parameter.name}?`;
    return [name, parameter.in, typeOf(parameter.schema), parameter.description];
  });
  const answers = Object.entries(op.responses ?? {}).map(([status, given]) => [status, resolve(spec, given)]);
  return element('section', { id: op.operationId }, [
    element('h3', { text: op.summary }),
    element('p', {}, [
      element('code', { text: method, className: 'method' }),
      element('code', { text: ` ${path}` }),
    ]),
    ...paragraphs(op.description),
    table(['Parameter', 'In', 'Type', 'Meaning'], parameters),
    ...body(spec, 'Body', op.requestBody?.content),
    ...answers
      .filter(([status]) => status < '400')
      .flatMap(([status, answer]) => body(spec, `Answer ${status}`, answer?.content)),
    table(
      ['Status', 'Meaning'],
      answers.map(([status, answer]) => [status, (answer?.description ?? '').replaceAll('`', '')]),
    ),
  ]);
}

function show(spec) {
  const tags = new Map();
  for (const [path, item] of Object.entries(spec.paths ?? {})) {
    for (const method of methods.filter((name) => item[name])) {
      const op = item[method];
      const tag = op.tags?.[0] ?? 'other';
      tags.set(tag, [...(tags.get(tag) ?? []), { path, method, op }]);
    }
  }
  const reference = document.getElementById('reference');
  const contents = document.getElementById('contents');
  reference.replaceChildren(...paragraphs(spec.info.description));
  for (const [tag, operations] of tags) {
    contents.append(element('h2', { text: tag }));
    reference.append(element('h2', { text: tag }));
    for (const { path, method, op } of operations) {
      contents.append(element('a', { text: op.summary, href: `#${op.operationId}` }));
      reference.append(operation(spec, path, method, op));
    }
  }
  reference.append(element('h2', { text: 'errors' }), ...errors(spec));
}

function errors(spec) {
  const codes = Object.values(spec.components?.responses ?? {}).flatMap((answer) =>
    answer.description.split('; ').map((line) => line.replaceAll('`', '').split(': ')),
  );
  return codes.map(([code, title]) =>
    element('p', { id: `error-${code}` }, [element('code', { text: code }), element('span', { text: ` ${title}` })]),
  );
}

try {
  const answer = await fetch(`${base}/api/v1/openapi.json`);
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  show(await answer.json());
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
} catch (error) {
  const text = `The document could not be read: ${error.message}. Reload the page to try again.`;
  document.getElementById('reference').replaceChildren(element('p', { text }));
}
