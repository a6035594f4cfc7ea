/**
 * What changed between two immutable values, as plain JSON, and the new value made of the old one and that. Pure.
 *
 * Whoever changes a state shares what did not change, so most of the comparison is of references. The same holds on the
 * other side: what a patch does not name is the very object that was there before.
 */

/** Keys of objects and indices of arrays, from the outermost in. */
export type Path = readonly (string | number)[];

export type Op =
  /** Is now this; also where nothing was. */
  | readonly ['=', Path, unknown]
  /** Is there no more. */
  | readonly ['-', Path]
  /** Of the array there, from an index on, so many are replaced by these. */
  | readonly ['~', Path, number, number, readonly unknown[]];

type Fields = { readonly [key: string]: unknown };

/** What makes `after` of `before`. An undefined field counts as none, as in JSON. */
export function diff(before: unknown, after: unknown): Op[] {
  const ops: Op[] = [];
  compare(before, after, [], ops);
  return ops;
}

/**
 * Applies what diff() gave. Throws a RangeError for an operation that does not fit the value: it was made of another one.
 */
export function patch(value: unknown, ops: readonly Op[]): unknown {
  return ops.reduce((now, op) => changeAt(now, op[1], 0, op), value);
}

function compare(before: unknown, after: unknown, path: Path, ops: Op[]): void {
  if (Object.is(before, after)) return;
  if (Array.isArray(before) && Array.isArray(after)) compareArrays(before, after, path, ops);
  else if (isFields(before) && isFields(after)) compareFields(before, after, path, ops);
  else ops.push(['=', path, after]);
}

function compareFields(before: Fields, after: Fields, path: Path, ops: Op[]): void {
  for (const key of Object.keys(before))
    if (fieldOf(before, key) !== undefined && fieldOf(after, key) === undefined)
      ops.push(['-', [...path, key]]);
  for (const key of Object.keys(after)) {
    const [was, is] = [fieldOf(before, key), fieldOf(after, key)];
    if (was === undefined && is !== undefined) ops.push(['=', [...path, key], is]);
    else if (is !== undefined) compare(was, is, [...path, key], ops);
  }
}

/** Not what every object inherits. */
function fieldOf(fields: Fields, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}

/**
 * What is the same at both ends stays. Of as many as before each became another, unless what stood first stands elsewhere
 * now: a window that slides loses some at one end and gets some at the other.
 */
function compareArrays(before: readonly unknown[], after: readonly unknown[], path: Path, ops: Op[]): void {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && Object.is(before[start], after[start])) start++;
  let end = 0;
  while (end < shorter - start && Object.is(before[before.length - 1 - end], after[after.length - 1 - end]))
    end++;
  const removed = before.length - start - end;
  const added = after.slice(start, after.length - end);
  const came = added.indexOf(before[start]);
  const went = before.indexOf(after[start], start);
  if (removed !== added.length) {
    ops.push(['~', path, start, removed, added]);
  } else if (removed > 0 && went > start) {
    ops.push(['~', path, start, went - start, []]);
    compareArrays([...before.slice(0, start), ...before.slice(went)], after, path, ops);
  } else if (removed > 0 && came > 0) {
    const items = added.slice(0, came);
    ops.push(['~', path, start, 0, items]);
    compareArrays([...before.slice(0, start), ...items, ...before.slice(start)], after, path, ops);
  } else for (const [i, item] of added.entries()) compare(before[start + i], item, [...path, start + i], ops);
}

function changeAt(value: unknown, path: Path, depth: number, op: Op): unknown {
  if (depth === path.length) return changed(value, op);
  const key = path[depth] as string | number;
  if (Array.isArray(value) && typeof key === 'number' && key < value.length) {
    const copy = [...value];
    copy[key] = changeAt(value[key], path, depth + 1, op);
    return copy;
  }
  if (!isFields(value) || typeof key !== 'string') throw new RangeError('a change of what is not there');
  if (op[0] === '-' && depth === path.length - 1) return without(value, key);
  const made = changeAt(fieldOf(value, key), path, depth + 1, op);
  // Defined, not assigned: a key may be called __proto__.
  return Object.defineProperty({ ...value }, key, {
    value: made,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function changed(value: unknown, op: Op): unknown {
  if (op[0] === '=') return op[2];
  if (op[0] === '~' && Array.isArray(value) && op[2] + op[3] <= value.length)
    return [...value.slice(0, op[2]), ...op[4], ...value.slice(op[2] + op[3])];
  throw new RangeError('a change of what is not there');
}

function without(value: Fields, key: string): Fields {
  const { [key]: gone, ...rest } = value;
  return rest;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
