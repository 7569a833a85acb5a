import test from 'ava'
import {
  AnchorAmbiguous,
  AnchorNotFound,
  c,
  declaration,
  define,
  EditImpossible,
  fn,
  insertAfter,
  insertBefore,
  line,
  remove,
  replace,
  replaceStatement,
  replaceText,
  statement,
} from '../../src/index.ts'
import { apply, changed } from '../apply.ts'
import { driver } from '../driver.ts'

const mark = '/* mark */\n'

/** The line before and the line after a mark. */
const around = (text: string): readonly [string, string] => {
  const lines = text.split('\n')
  const at = lines.indexOf('/* mark */')
  return [lines[at - 1] ?? '', lines[at + 1] ?? '']
}

test('a line is found whatever its whitespace is, and only once', async t => {
  t.deepEqual(around(await apply(driver, insertAfter('struct list_head node;', mark))), [
    '\tstruct list_head node;',
    '\tu8 data[] __counted_by(len);\t/* grows',
  ])
  t.deepEqual(around(await apply(driver, insertBefore('found--; } while', mark))), ['\tdo {', '\t\tfound--;'])
  const missing = await t.throwsAsync(apply(driver, insertAfter('struct list_head nodes;', mark)), {
    instanceOf: AnchorNotFound,
  })
  t.regex(
    missing?.message ?? '',
    /file\.c.*found no line 'struct list_head nodes;'; nearest:\n +19: +struct list_head node;/,
  )
  const twice = await t.throwsAsync(apply(driver, insertAfter('found++;', mark)), { instanceOf: AnchorAmbiguous })
  t.is(twice?.candidates.length, 2)
  t.regex(twice?.message ?? '', /line 'found\+\+;' is there 2 times:\n +50: +found\+\+;\n +55: /)
  t.truthy(twice?.hint)
})

test('a name is matched whole', async t => {
  await t.throwsAsync(apply('int foobar;\n', insertAfter('foo', mark)), { instanceOf: AnchorNotFound })
  t.deepEqual(around(await apply('int foobar;\nint foo;\n', insertAfter('foo', mark))), ['int foo;', ''])
})

test('in and following narrow the search', async t => {
  t.deepEqual(
    around(await apply(driver, insertAfter(line('break;', { in: 'demo_ioctl', following: 'goto out;' }), mark))),
    ['\t\tbreak;', '\tdefault:'],
  )
  t.deepEqual(around(await apply(driver, insertBefore(line('DEMO_IDLE', { in: 'enum demo_state' }), mark))), [
    'enum demo_state {',
    '\tDEMO_IDLE,',
  ])
  await t.throwsAsync(apply(driver, insertBefore(line('DEMO_IDLE', { in: 'demo_check' }), mark)), {
    instanceOf: AnchorAmbiguous,
    message: /function 'demo_check' is there 2 times/,
  })
  await t.throwsAsync(apply(driver, insertBefore(line('found', { in: 'demo_finds' }), mark)), {
    instanceOf: AnchorNotFound,
    message: /declaration of 'demo_finds'/,
  })
})

test('functions are found among macros, with their comments', async t => {
  t.deepEqual(around(await apply(driver, insertBefore(fn('demo_ioctl'), mark))), ['', '/**'])
  t.deepEqual(around(await apply(driver, insertAfter(fn('demo_ioctl'), mark))), ['}', ''])
  t.deepEqual(around(await apply(driver, insertBefore(fn('demo_find'), mark))), [
    '',
    'static int __must_check demo_find(struct demo *d, int key)',
  ])
  t.deepEqual(
    around(await apply(driver, insertBefore(fn('demo_call'), mark)))[1],
    'SYSCALL_DEFINE2(demo_call, int, fd, unsigned int, flags)',
  )
  await t.throwsAsync(apply(driver, remove(fn('demo_open'))), { instanceOf: AnchorNotFound })
})

test('declarations of every kind are found', async t => {
  for (const [name, first] of [
    ['struct demo_item', 'struct demo_item {'],
    ['enum demo_state', 'enum demo_state {'],
    ['demo_fops', 'static const struct file_operations demo_fops = {'],
  ] as const)
    t.is(around(await apply(driver, insertBefore(declaration(name), mark)))[1], first)
  const header =
    'struct a;\n\n/* Kept. */\nint f(struct a *a,\n      int b);\ntypedef int (*g)(void);\nextern const char *const h[2];\n'
  t.is(around(await apply(header, insertBefore(declaration('f'), mark)))[1], '/* Kept. */')
  t.is(around(await apply(header, insertAfter(declaration('f'), mark)))[1], 'typedef int (*g)(void);')
  t.is(around(await apply(header, insertAfter(declaration('g'), mark)))[1], 'extern const char *const h[2];')
  t.is(around(await apply(header, insertBefore(declaration('h'), mark)))[0], 'typedef int (*g)(void);')
})

test('a define comes with its continuation lines', async t => {
  t.deepEqual(around(await apply(driver, insertAfter(define('DEMO_HELP'), mark))), ['\t\t\t" and a ; too"', ''])
  await t.throwsAsync(apply(driver, insertAfter(define('DEMO'), mark)), {
    instanceOf: AnchorNotFound,
    message: /#define DEMO_MAX/,
  })
})

test('a statement is whole: its body, its else, and macros with a body', async t => {
  for (const [begins, last] of [
    ['list_for_each_entry(', '\t\t\tfound++;'],
    ['list_for_each_entry_rcu(', '\t}'],
    ['scoped_guard(', '\t}'],
    ['guard(mutex)', '\tguard(mutex)(&lock);'],
    ['if (!found)', '\t\tpr_debug("found %d; \\"}\\" {\\n", found);'],
    ['do {', '\t} while (found > 0);'],
    ['int found', '\tint found = 0;'],
  ] as const)
    t.is(around(await apply(driver, insertAfter(statement(begins, { in: 'demo_find' }), mark)))[0], last, begins)
})

test('a statement is neither in a comment nor the middle of another', async t => {
  await t.throwsAsync(apply(driver, remove(statement('if (key)', { in: 'demo_find' }))), { instanceOf: AnchorNotFound })
  await t.throwsAsync(apply(driver, remove(statement('key == key', { in: 'demo_find' }))), {
    instanceOf: AnchorNotFound,
  })
})

test('a statement is replaced or removed; what shares its line is not', async t => {
  const text = 'int f(void)\n{\n\tint a;\n\n\ta = 1;\n\n\tif (a) {\n\t\tg();\n\t}\n\n\treturn a;\n}\n'
  t.deepEqual(
    changed(
      text,
      await apply(
        text,
        replaceStatement(
          'f',
          'if (a)',
          c`
	h();
`,
        ),
      ),
    ),
    ['-\tif (a) {', '-\t\tg();', '-\t}', '+\th();'],
  )
  t.deepEqual(changed(text, await apply(text, remove(statement('a = 1;', { in: 'f' })))), ['-\ta = 1;', '-'])
  await t.throwsAsync(apply('int f(void) { a(); b(); }\n', remove(statement('a();', { in: 'f' }))), {
    instanceOf: EditImpossible,
    message: /shares a line/,
  })
})

test('text inside a line is replaced once, literally', async t => {
  t.deepEqual(changed(driver, await apply(driver, replaceText('return -ENOTTY;', 'return $&;'))), [
    '-\t\treturn -ENOTTY;',
    '+\t\treturn $&;',
  ])
  await t.throwsAsync(apply(driver, replaceText('found++', 'x')), { instanceOf: AnchorAmbiguous })
  t.deepEqual(changed(driver, await apply(driver, replaceText('value;', 'value; /* x */', { in: 'demo_ioctl' }))), [
    '-\t\treturn value;',
    '+\t\treturn value; /* x */',
  ])
})

test('several lines are replaced as one', async t => {
  const after = await apply(
    driver,
    replace(
      line(c`
	do {
		found--;
	} while (found > 0);
`),
      c`
	found = 0;
`,
    ),
  )
  t.deepEqual(changed(driver, after), ['-\tdo {', '-\t\tfound--;', '-\t} while (found > 0);', '+\tfound = 0;'])
})

test('the tag leaves backslashes, blank lines and blanks alone', t => {
  t.is(
    c`
#define A \
	"\n"

`,
    '#define A \\\n\t"\\n"\n\n',
  )
  t.is(c`one`, 'one\n')
  t.is(
    c`
    \`x\` \${y} ${1}
  `,
    '    `x` ${y} 1\n',
  )
  t.throws(
    () => c`
  `,
    { instanceOf: TypeError },
  )
})
