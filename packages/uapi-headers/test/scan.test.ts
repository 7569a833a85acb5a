import test from 'ava'
import { scanPreprocessed } from '../src/scan.ts'

const scan = (lines: readonly string[]) => scanPreprocessed(lines.join('\n'))

test('macros: the last definition in force, with its file', t => {
  const { macros, files } = scan([
    '# 0 "<built-in>"',
    '#define __GNUC__ 12',
    '# 1 "/h/a.h" 1',
    '#define ONE 1',
    '#define GUARD',
    '#define GONE 2',
    '#undef GONE',
    '#define CALL(x) (x)',
    '#define WAS_PLAIN 1',
    '#define WAS_PLAIN(x) x',
    '# 3 "/h/odd \\"name\\".h" 2',
    '#define ONE (1 + 1)',
  ])
  t.deepEqual(
    [...macros],
    [
      ['__GNUC__', { body: '12', file: '<built-in>' }],
      ['ONE', { body: '(1 + 1)', file: '/h/odd "name".h' }],
    ],
  )
  t.deepEqual(files, ['/h/a.h', '/h/odd "name".h'])
})

test('tags and typedefs: those with a body, with their file', t => {
  const { declared } = scan([
    '# 1 "/h/a.h" 1',
    'struct plain { int x; struct nested { int y; } z; };',
    'struct only_used *pointer; struct forward;',
    'struct __attribute__((packed, aligned(4))) attributed { char c; };',
    'union u',
    '{ int a; };',
    '# 1 "/h/b.h" 1',
    'typedef struct { int x; } untagged;',
    'typedef struct tagged { int x; } *pointer_t __attribute__((aligned(8)));',
    'typedef unsigned int number[3];',
    'typedef struct plain *(*handler)(int);',
    'static inline int f(void) { const char *s = "struct text {"; return \'{\'; }',
    'struct after { int x; };',
  ])
  t.deepEqual(Object.fromEntries(declared), {
    plain: '/h/a.h',
    nested: '/h/a.h',
    attributed: '/h/a.h',
    u: '/h/a.h',
    untagged: '/h/b.h',
    tagged: '/h/b.h',
    pointer_t: '/h/b.h',
    number: '/h/b.h',
    after: '/h/b.h',
  })
})

test('enumerators, whatever their values look like', t => {
  const { enums } = scan([
    '# 1 "/h/a.h" 1',
    'enum colour { RED, GREEN = (1 << 2), BLUE = sizeof(char[3]), };',
    'struct s { enum { INSIDE = -1, LAST } e; };',
    'enum colour variable;',
  ])
  t.deepEqual(enums, [
    { tag: 'colour', file: '/h/a.h', names: ['RED', 'GREEN', 'BLUE'] },
    { tag: '', file: '/h/a.h', names: ['INSIDE', 'LAST'] },
  ])
})
