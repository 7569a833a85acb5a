import test from 'ava'
import { parseSphinx } from '../../src/docs/sphinx.ts'

test('what Sphinx 5 and 8 say: places, more lines, kinds; not what is of no place', t => {
  const output = `Using alabaster theme
WARNING: dot(1) not found, for better output quality install graphviz
ERROR: Cannot find file ./include/linux/nothing.h
/t/linux/Documentation/a/b.rst:251: CRITICAL: Problems with "include" directive path:
InputError: [Errno 2] No such file or directory: 'Documentation/a/none.txt'. [docutils]
/t/linux/Documentation/a/index.rst: WARNING: document isn't included in any toctree [toc.not_included]
/t/linux/Documentation/a/b.rst:12: ./include/linux/c.h:34: WARNING: Unexpected indentation.
/t/linux/Documentation/a/b.rst:20: ./include/linux/c.h:34: WARNING: Unexpected indentation.
./include/linux/c.h:40: WARNING: Duplicate C declaration, also defined at a/d:7.
Declaration is '.. c:function:: int f (void)'. [duplicate_declaration.c]
WARNING: of no place
more of that
`
  const [a, c] = ['Documentation/a/b.rst', 'include/linux/c.h']
  t.deepEqual(
    parseSphinx(output, '/t/linux').map(({ file, line, text }) => [file, line, text]),
    [
      [undefined, undefined, 'Cannot find file include/linux/nothing.h'],
      [
        a,
        251,
        `Problems with "include" directive path:\nInputError: [Errno 2] No such file or directory: 'Documentation/a/none.txt'.`,
      ],
      ['Documentation/a/index.rst', undefined, "document isn't included in any toctree"],
      [c, 34, 'Unexpected indentation.'],
      [c, 40, "Duplicate C declaration, also defined at a/d.\nDeclaration is '.. c:function:: int f (void)'."],
    ],
  )
})
