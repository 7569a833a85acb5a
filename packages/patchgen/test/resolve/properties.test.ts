import test from 'ava'
import * as fc from 'fast-check'
import {
  addInitializer,
  addMaintainers,
  addStructMember,
  c,
  fn,
  insertAfter,
  insertBefore,
  type Operation,
  remove,
  replace,
  statement,
} from '../../src/index.ts'
import { mask } from '../../src/resolve/mask.ts'
import { apply } from '../apply.ts'

/** Statements of the kernel's kinds; N becomes the statement's own number. */
const shapes = [
  'a_N = f(b_N, "} ; { // N");',
  'int x_N = (u8)1;',
  "if (a_N)\n\t\tg_N();\n\telse if (b_N) {\n\t\th_N();\n\t} else\n\t\ti_N('}');",
  'if (n_N)\n\t\tlist_for_each_entry(p, &q, n)\n\t\t\to_N();\n\telse if (p)\n\t\tscoped_guard(rcu) {\n\t\t\to_N();\n\t\t}\n\telse\n\t\tguarded_N();',
  'list_for_each_entry_N(p, &q, node)\n\t\tif (p)\n\t\t\tr_N(p);',
  'scoped_guard_N(mutex, &lock) {\n\t\tfor (;;)\n\t\t\tbreak;\n\t}',
  'do {\n\t\tj_N--;\n\t} while (j_N > 0);',
  'switch (k_N) {\n\tcase 1:\n\t\tbreak;\n\tdefault:\n\t\treturn -EINVAL;\n\t}',
  'while (l_N--)\n\t\t;',
  'guard_N(rcu)();',
  '/* if (m_N) { */\n\tm_N();',
  'struct s_N t = {\n\t\t.u = { 1, 2 },\n\t};',
]

const begin = (text: string) => (text.startsWith('/*') ? text.slice(text.indexOf('\n')) : text).trim()

const statements = fc
  .array(fc.constantFrom(...shapes), { minLength: 1, maxLength: 12 })
  .map(chosen => chosen.map((shape, index) => shape.replaceAll('N', String(index))))

const functionOf = (body: readonly string[], name = 'subject') =>
  `/* Before. */\nstatic int ${name}(int a,\n\t\t   int b)\n{\n\t${body.join('\n\t')}\n}\n`

test('lines put next to a random statement leave every other byte alone, and stand next to it', async t => {
  await fc.assert(
    fc.asyncProperty(statements, fc.nat(), fc.boolean(), async (body, pick, isBefore) => {
      const text = `${functionOf(['b = 1;'], 'other')}\n${functionOf(body)}\n${functionOf(['c = 1;'], 'last')}`
      const chosen = body[pick % body.length] ?? ''
      const anchor = statement(begin(chosen), { in: 'subject' })
      const insert = isBefore ? insertBefore : insertAfter
      const after = await apply(text, insert(anchor, '\tMARK\n'))
      t.is(after.replace('\tMARK\n', ''), text)
      const [head = '', tail = ''] = after.split('\tMARK\n')
      if (isBefore) t.true(tail.startsWith(`\t${begin(chosen)}`))
      else t.true(head.endsWith(`${begin(chosen)}\n`), after)
    }),
    { numRuns: 150 },
  )
})

test('a statement that is found by its first line alone is found whole', async t => {
  await fc.assert(
    fc.asyncProperty(statements, fc.nat(), async (body, pick) => {
      const chosen = begin(body[pick % body.length] ?? '')
      const [first = ''] = chosen.split('\n')
      fc.pre(body.filter(one => begin(one).startsWith(first)).length === 1)
      const text = functionOf(body)
      t.is(
        await apply(text, replace(statement(first, { in: 'subject' }), '\tMARK\n')),
        text.replace(`\t${chosen}\n`, '\tMARK\n'),
      )
    }),
    { numRuns: 150 },
  )
})

test('a function is found between any others, and removed whole', async t => {
  await fc.assert(
    fc.asyncProperty(fc.array(statements, { minLength: 1, maxLength: 4 }), fc.nat(), async (bodies, pick) => {
      const functions = bodies.map((body, index) => functionOf(body, `f_${index}`))
      const index = pick % functions.length
      const after = await apply(functions.join('\n'), replace(fn(`f_${index}`), 'MARK\n'))
      t.is(after, functions.toSpliced(index, 1, 'MARK\n').join('\n'))
    }),
    { numRuns: 60 },
  )
})

const members = fc
  .array(
    fc.constantFrom(
      '\tint N;',
      '\tu8 N[4], *pN;',
      '\tint (*N)(struct a *a,\n\t\t int b);',
      '\t/** @N: with ; and } */\n\tstruct list_head N;\t/* trailing; */',
      '\tunsigned int N:3;',
      '\tstruct {\n\t\tint inner_N;\n\t} N;',
      '\tDECLARE_BITMAP(N, 8);',
      '\tspinlock_t __rcu *N __aligned(8);',
    ),
    { minLength: 1, maxLength: 10 },
  )
  .map(chosen => chosen.map((shape, index) => shape.replaceAll('N', `m${index}`)))

test('a member put next to a random member leaves every other byte alone', async t => {
  await fc.assert(
    fc.asyncProperty(members, fc.nat(), fc.boolean(), async (body, pick, isBefore) => {
      const text = `struct s {\n${body.join('\n')}\n};\n\nstruct other {\n\tint m0;\n};\n`
      const index = pick % body.length
      const place = isBefore ? { before: `m${index}` } : { after: `m${index}` }
      const after = await apply(text, addStructMember('s', '\tint MARK;\n', place))
      const expected = body.toSpliced(isBefore ? index : index + 1, 0, '\tint MARK;')
      t.is(
        after,
        text.replace(body.join('\n'), () => expected.join('\n')),
      )
    }),
    { numRuns: 150 },
  )
})

const tableOf = (list: readonly string[], comma: boolean) =>
  `static const struct t v = {\n${list.map((one, at) => `\t${comma || at < list.length - 1 ? one.replace(/( \/\*.*)?$/, ',$1') : one}\n`).join('')}};\n`

test('entries of an initialiser: the same, and one comma at most is added', async t => {
  const entries = fc.array(fc.constantFrom('.eN = fN', '[N] = { .x = { 1, 2 }, }', '.eN = "a, b" /* , */'), {
    minLength: 1,
    maxLength: 8,
  })
  await fc.assert(
    fc.asyncProperty(entries, fc.nat(), fc.boolean(), async (shapesOf, pick, hasLastComma) => {
      const body = shapesOf.map((shape, index) => shape.replaceAll('N', String(index)))
      const index = pick % body.length
      const name = body[index]?.startsWith('[') ? String(index) : `e${index}`
      const after = await apply(tableOf(body, hasLastComma), addInitializer('v', '\t.mark = 1,\n', { after: name }))
      const isLast = index === body.length - 1
      t.is(after, tableOf(body.toSpliced(index + 1, 0, '.mark = 1'), hasLastComma || isLast))
    }),
    { numRuns: 150 },
  )
})

test('records put into MAINTAINERS in any order come out in order', async t => {
  const titles = fc.uniqueArray(fc.stringMatching(/^[A-Z][A-Z0-9 ()-]{0,12}[A-Z]$/), { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(titles, async all => {
      fc.pre(!all.some(title => ['M', 'THE REST'].includes(title)))
      let text = 'Maintainers List\n----------------\n\nTHE REST\nS:\tx\n'
      for (const title of all) text = await apply(text, addMaintainers(`${title}\nS:\tx\n`))
      const found = [...text.matchAll(/^(.*)\nS:/gm)].map(([, title]) => title)
      t.deepEqual(found, [...all.toSorted((a, b) => (a < b ? -1 : 1)), 'THE REST'])
    }),
    { numRuns: 100 },
  )
})

test('adding and taking away again gives the same text', async t => {
  await fc.assert(
    fc.asyncProperty(statements, fc.nat(), async (body, pick) => {
      const text = functionOf(body)
      const chosen = body[pick % body.length] ?? ''
      const operations: Operation[] = [
        insertAfter(
          statement(begin(chosen), { in: 'subject' }),
          c`
	mark(1,
	     2);
`,
        ),
        remove(statement('mark(1, 2);', { in: 'subject' })),
      ]
      t.is(await apply(text, ...operations), text)
    }),
    { numRuns: 60 },
  )
})

test('the mask is as long as the text, keeps its lines, and leaves no brace of a comment or a string', t => {
  const pieces = fc.array(
    fc.constantFrom('/*', '*/', '//', '"', "'", '\\', '\n', '#', '{', '}', ' ', 'a', ';', '#define X {\\\n'),
    { maxLength: 40 },
  )
  fc.assert(
    fc.property(pieces, parts => {
      const text = parts.join('')
      const { code, comments } = mask(text)
      t.is(code.length, text.length)
      t.deepEqual(
        [...code.matchAll(/\n/g)].map(({ index }) => index),
        [...text.matchAll(/\n/g)].map(({ index }) => index),
      )
      for (const { start, end } of comments) t.is(code.slice(start, end).trim(), '')
      for (let at = 0; at < code.length; at++) t.true(code[at] === text[at] || code[at] === ' ')
    }),
    { numRuns: 500 },
  )
})
