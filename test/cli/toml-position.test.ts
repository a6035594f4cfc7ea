/** Lines of keys in TOML documents of every notation. */
import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { expect, test } from 'vitest';
import { tomlLines } from '../../src/cli/toml-position.ts';

test('finds keys in every notation', () => {
  const document = [
    '# [no.section]', // 1
    'top = 1 # x = 2', // 2
    '[a] # [b]', // 3
    'text = """', // 4
    '[not.a.section]', // 5
    'no = 1 \\""" """', // 6
    "raw = '''", // 7
    "no = 1''''", // 8
    'list = [ # ]', // 9
    '  "no = 1", [1, 2],', // 10
    '] # end', // 11
    "'quoted key' = 1979-05-27 07:32:00", // 12
    '"esc\\u0061ped" . deep = "a#b"', // 13
    'inline = { x = 1, "y" = { z = "}" } }', // 14
    '  [ b . "c" ]\r', // 15
    '\tk=true\r', // 16
    '[[many]]', // 17
    'n = 1', // 18
    '[[many]]', // 19
    'n = 2', // 20
  ].join('\n');
  expect(parse(document)).toBeDefined();
  expect(Object.fromEntries(tomlLines(document))).toEqual({
    top: 2,
    a: 3,
    'a.text': 4,
    'a.raw': 7,
    'a.list': 9,
    'a.quoted key': 12,
    'a.escaped': 13,
    'a.escaped.deep': 13,
    'a.inline': 14,
    'a.inline.x': 14,
    'a.inline.y': 14,
    'a.inline.y.z': 14,
    b: 15,
    'b.c': 15,
    'b.c.k': 16,
    many: 17,
    'many.0': 17,
    'many.0.n': 18,
    'many.1': 19,
    'many.1.n': 20,
  });
});

test('every key of any document has a line, and it is the line with its name', () => {
  const key = fc.stringMatching(/^[a-z_]{1,8}$/);
  const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 }));
  const table = fc.dictionary(key, value, { maxKeys: 6, noNullPrototype: true });
  fc.assert(
    fc.property(fc.dictionary(key, table, { maxKeys: 5, noNullPrototype: true }), (tables) => {
      const document = stringify(tables);
      const lines = document.split('\n');
      const found = tomlLines(document);
      for (const [section, keys] of Object.entries(tables)) {
        for (const name of Object.keys(keys)) {
          const line = found.get(`${section}.${name}`);
          expect(line).toBeDefined();
          expect(lines[line! - 1]?.startsWith(`${name} = `)).toBe(true);
        }
      }
    }),
  );
});

test('ends on any text', () => {
  const pieces = fc.array(
    fc.constantFrom('[', ']', '{', '}', '=', '.', '"', "'", '"""', '\\', '\n', ',', 'a', '#'),
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      expect(tomlLines(parts.join(''))).toBeInstanceOf(Map);
    }),
  );
  const deep = '['.repeat(2000);
  expect(tomlLines(`a = ${deep}`).get('a')).toBe(1);
});
