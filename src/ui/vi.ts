/**
 * The input line edited as vi does it (ui.edit_mode = "vi"): insert and normal mode, motions, operators with counts, repeat.
 * Pure: state and key in, state out.
 *
 * A command in the making is kept as the keys typed so far, so that '.' types the last change again.
 */
import { changed, type Editor, edited, marked, typed, withKill } from './editing.ts';
import { applyEdit, type EditLine, insert, rowEnd, rowStart, without } from './line-editor.ts';
import { textObject } from './vi-objects.ts';
import { caseSwapped, putBack, replaced } from './vi-changes.ts';
import {
  type Find,
  findTarget,
  MOTION_KEYS,
  motionTarget,
  reach,
  restOfWord,
  reversed,
} from './vi-motions.ts';

export type ViMode = 'insert' | 'normal';

export interface Vi {
  readonly mode: ViMode;
  /** Keys of the command that is being typed: "2d", "f". */
  readonly keys: string;
  /** The last f, F, t or T, for ';' and ','. */
  readonly find: Find | null;
  /** The last change: the keys of its command, and what was typed after it. */
  readonly change: { readonly keys: string; readonly typed: string } | null;
  /** The change whose text is being typed. */
  readonly open: { readonly keys: string; readonly typed: string } | null;
}

export const VI: Vi = { mode: 'insert', keys: '', find: null, change: null, open: null };

/** What a key asks of those around the line. */
export type ViAsk = 'history-back' | 'history-forth' | 'editor';

export interface ViStep {
  readonly vi: Vi;
  readonly editor: Editor;
  readonly ask?: ViAsk;
}

/** A larger count is a slip of the finger. */
const MAX_COUNT = 999;
/** Keys of one command; a longer one is none. */
const MAX_KEYS = 12;

/** `2d3w`: counts, operator, motion, object (`diw`) or command, the character that some need. */
const COMMAND = /^([1-9]\d*)?(?:([dcy])([1-9]\d*)?)?(?:([fFtTr]|(?<=[dcy]\d*)[ia])(.)?|(.))?$/su;

interface Parsed {
  readonly count: number;
  readonly counted: boolean;
  readonly operator: string;
  /** The motion or command, '' while it is to come. */
  readonly key: string;
  /** Of f, F, t, T, r and an object, '' while it is to come. */
  readonly character: string;
  /** Something of it is still to be typed. */
  readonly unfinished: boolean;
}

function parse(keys: string): Parsed | undefined {
  const found = COMMAND.exec(keys);
  if (!found) return undefined;
  const [, first = '', operator = '', second = '', waiting, character = '', plain = ''] = found;
  const counted = first !== '' || second !== '';
  const count = Math.min(MAX_COUNT, Number(first || 1) * Number(second || 1));
  const key = waiting ?? plain;
  const unfinished = key === '' || (waiting !== undefined && character === '');
  return { count, counted, operator, key, character, unfinished };
}

/** Escape: back to normal mode, where the cursor stands on a character, or the command given up. */
export function viEscape(vi: Vi, editor: Editor): ViStep {
  if (vi.mode === 'normal') return { vi: { ...vi, keys: '' }, editor };
  const { line } = editor;
  const stays = line.cursor === rowStart(line);
  const left = stays ? line : applyEdit(line, 'left');
  return {
    vi: { ...vi, mode: 'normal', keys: '', change: vi.open ?? vi.change, open: null },
    editor: { ...editor, line: left, last: 'other' },
  };
}

/** Text typed in insert mode. */
export function viType(vi: Vi, editor: Editor, text: string): ViStep {
  const open = vi.open && { ...vi.open, typed: vi.open.typed + text };
  return { vi: { ...vi, open }, editor: typed(editor, text, true) };
}

/** Keys that edit while in insert mode: '.' cannot tell them, except Backspace in what was just typed. */
export function viInsertEdited(vi: Vi, edit: string): Vi {
  if (!vi.open) return vi;
  const kept = edit === 'backspace' ? [...vi.open.typed].slice(0, -1).join('') : '';
  return { ...vi, open: { ...vi.open, typed: kept } };
}

/** A character typed in normal mode. */
export function viKey(vi: Vi, editor: Editor, character: string): ViStep {
  const keys = vi.keys + character;
  const parsed = keys.length > MAX_KEYS ? undefined : parse(keys);
  if (!parsed) return { vi: { ...vi, keys: '' }, editor };
  if (parsed.unfinished) return { vi: { ...vi, keys }, editor };
  return settled(run({ ...vi, keys: '' }, editor, parsed, keys));
}

/** In normal mode the cursor stands on a character, not behind the last one. */
function settled(step: ViStep): ViStep {
  const { line } = step.editor;
  if (step.vi.mode === 'insert' || line.cursor < rowEnd(line) || line.cursor === rowStart(line)) return step;
  return { ...step, editor: { ...step.editor, line: applyEdit(line, 'left') } };
}

function run(vi: Vi, editor: Editor, parsed: Parsed, keys: string): ViStep {
  const { key, operator } = parsed;
  if (operator !== '' && key === operator) return operate(vi, editor, operator, wholeRow(editor.line), keys);
  if (operator !== '' && (key === 'i' || key === 'a')) {
    const object = textObject(editor.line, key === 'a', parsed.character);
    return object ? operate(vi, editor, operator, object, keys) : { vi, editor };
  }
  const moved = move(vi, editor.line, parsed);
  if (moved) return arrive(moved.vi, editor, parsed, moved.target, keys);
  if (operator !== '') return { vi, editor };
  return command(vi, editor, parsed, keys);
}

/** Where a motion leads, if the key is one. */
function move(vi: Vi, line: EditLine, parsed: Parsed): { vi: Vi; target: number | undefined } | undefined {
  const { key, character, count } = parsed;
  if ('fFtT'.includes(key)) {
    const find = { key: key as Find['key'], character };
    return { vi: { ...vi, find }, target: findTarget(line, find, count) };
  }
  if (key === ';' || key === ',') {
    const find = vi.find && (key === ';' ? vi.find : reversed(vi.find));
    return { vi, target: find ? findTarget(line, find, count) : undefined };
  }
  if (key === ' ') return { vi, target: motionTarget(line, 'l', count) };
  return MOTION_KEYS.includes(key) ? { vi, target: motionTarget(line, key, count) } : undefined;
}

function arrive(
  vi: Vi,
  editor: Editor,
  { operator, key, count }: Parsed,
  target: number | undefined,
  keys: string,
): ViStep {
  const { line } = editor;
  if (target === undefined) return { vi, editor };
  if (operator === '') return { vi, editor: { ...editor, line: { ...line, cursor: target }, last: 'other' } };
  if (operator === 'c' && /^[wW]$/.test(key) && /^\S/.test(line.text.slice(line.cursor)))
    return operate(vi, editor, operator, [line.cursor, restOfWord(line, key === 'W', count)], keys);
  const kind = key === ';' || key === ',' ? (vi.find?.key ?? key) : key;
  return operate(vi, editor, operator, reach(line, kind, target), keys);
}

function wholeRow(line: EditLine): readonly [number, number] {
  return [rowStart(line), rowEnd(line)];
}

function operate(
  vi: Vi,
  editor: Editor,
  operator: string,
  [from, to]: readonly [number, number],
  keys: string,
): ViStep {
  const { text } = editor.line;
  const kept = withKill(editor, text.slice(from, to));
  if (operator === 'y') return { vi, editor: { ...kept, line: { text, cursor: from }, last: 'other' } };
  const cut = changed(kept, without(editor.line, from, to));
  return operator === 'c'
    ? inserting(vi, cut, keys)
    : { vi: { ...vi, change: { keys, typed: '' } }, editor: cut };
}

/** Insert mode, opened by a command that '.' can do again. */
function inserting(vi: Vi, editor: Editor, keys: string): ViStep {
  return { vi: { ...vi, mode: 'insert', open: { keys, typed: '' } }, editor: { ...editor, last: 'type' } };
}

/** Commands that are short for an operator with a motion. */
const SHORT: Readonly<Record<string, string>> = {
  x: 'dl',
  X: 'dh',
  D: 'd$',
  C: 'c$',
  s: 'cl',
  S: 'cc',
  Y: 'yy',
};

function command(vi: Vi, editor: Editor, parsed: Parsed, keys: string): ViStep {
  const { key, count } = parsed;
  const short = SHORT[key];
  if (short !== undefined) {
    const meant = parse(`${count === 1 ? '' : count}${short}`);
    return meant ? run(vi, editor, meant, keys) : { vi, editor };
  }
  const { line } = editor;
  const at = (cursor: number): Editor => ({ ...editor, line: { ...line, cursor } });
  switch (key) {
    case 'i':
      return opened(vi, editor, keys);
    case 'a':
      return opened(vi, at(motionTarget(line, 'l', 1)), keys);
    case 'I':
      return opened(vi, at(motionTarget(line, '^', 1)), keys);
    case 'A':
      return opened(vi, at(rowEnd(line)), keys);
    case 'o':
      return opened(vi, changed(editor, insert({ ...line, cursor: rowEnd(line) }, '\n')), keys);
    case 'p':
    case 'P':
      return did(vi, editor, putBack(editor, key, count), keys);
    case 'r':
      return did(vi, editor, replaced(editor, parsed.character, count), keys);
    case '~':
      return did(vi, editor, caseSwapped(editor, count), keys);
    case 'u':
      return { vi, editor: repeated(editor, count, (one) => edited(one, 'undo')) };
    case '.':
      return again(vi, editor, parsed);
    case 'k':
      return { vi, editor, ask: 'history-back' };
    case 'j':
      return { vi, editor, ask: 'history-forth' };
    case 'v':
      return { vi, editor, ask: 'editor' };
    default:
      return { vi, editor };
  }
}

/** A place to type at; the step to undo is what will be typed there. */
function opened(vi: Vi, editor: Editor, keys: string): ViStep {
  return inserting(vi, marked(editor), keys);
}

function repeated(editor: Editor, count: number, once: (editor: Editor) => Editor): Editor {
  let now = editor;
  for (let left = count; left > 0; left--) now = once(now);
  return now;
}

/** A change that needs no text: the editor after it, or undefined if it cannot be done. */
function did(vi: Vi, before: Editor, after: Editor | undefined, keys: string): ViStep {
  return after ? { vi: { ...vi, change: { keys, typed: '' } }, editor: after } : { vi, editor: before };
}

/** Types the last change again, with another count if one was typed. */
function again(vi: Vi, editor: Editor, { count, counted }: Parsed): ViStep {
  const { change } = vi;
  if (!change) return { vi, editor };
  const keys = counted ? `${count}${change.keys.replace(/^[1-9]\d*/, '')}` : change.keys;
  let step: ViStep = { vi: { ...vi, keys: '' }, editor };
  for (const key of keys) step = viKey(step.vi, step.editor, key);
  if (step.vi.mode === 'insert') {
    if (change.typed !== '') step = viType(step.vi, step.editor, change.typed);
    step = viEscape(step.vi, step.editor);
  }
  return { vi: { ...step.vi, change: { ...change, keys } }, editor: step.editor };
}
