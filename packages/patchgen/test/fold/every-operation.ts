import { kernelFiles } from '../kernel.ts'

/** A series in which every kind of operation brings a line that says `MINE`, and three patches work at the same files. */
const series: Readonly<Record<string, string>> = {
  'patches/01-new-driver/edits.ts': `import {
  addCase, addDefine, addEnumerator, addInclude, addIndexEntry, addInitializer, addKconfig, addKconfigSource, addKernelDoc,
  addMaintainers, addMakefileObject, addStructMember, addToKconfig, addToMaintainers, c, edit, fn, insertAfter,
  insertInFunction, replaceStatement, text,
} from '@kseries/patchgen'

export default [
  edit('drivers/Makefile', addMakefileObject('obj-$(CONFIG_MINE)', 'mine.o', { after: 'demo/' })),
  edit('drivers/Kconfig', addKconfigSource('drivers/mine/Kconfig', { after: 'drivers/demo/Kconfig' })),
  edit('drivers/demo/Kconfig',
    addKconfig(text\`
config MINE
	tristate "MINE entry"
	help
	  Say N.
\`, { after: 'DEMO' }),
    addToKconfig('DEMO', 'select MINE_ATTRIBUTE'),
  ),
  edit('MAINTAINERS',
    addMaintainers(text\`
DEMO
S:	Maintained
F:	drivers/demo/MINE
\`),
    addToMaintainers('ALPHA', 'F:	b/MINE'),
  ),
  edit('Documentation/index.rst', addIndexEntry('mine', { after: 'alpha' })),
  edit('drivers/demo/demo.c',
    addInclude('<linux/mine.h>'),
    addDefine(c\`
#define DEMO_MINE	16
\`, { after: 'DEMO_MAX' }),
    addStructMember('demo_item', c\`
	int mine_member;
\`, { after: 'node' }),
    addEnumerator('demo_state', c\`
	DEMO_MINE_STATE,
\`, { after: 'DEMO_BUSY' }),
    addInitializer('demo_fops', c\`
	.mine		= demo_mine,
\`, { after: 'open' }),
    addCase('demo_ioctl', c\`
	case DEMO_MINE_CASE:
		return mine(d);
\`, { on: 'cmd', before: 'default' }),
    addKernelDoc('demo_ioctl', c\`
 * @mine: mine alone
\`, { after: 'cmd' }),
    insertInFunction('demo_ioctl', 'declarations', c\`
	int mine_body;
\`),
    replaceStatement('demo_find', 'if (!found)', c\`
	if (!mine_statement)
		return -ENOENT;
\`),
    insertAfter(fn('demo_find'), c\`

static int mine_function(struct demo *d)
{
	return d->mine;
}
\`),
  ),
]
`,
  'patches/01-new-driver/tree/drivers/new/new.c':
    '#include "new.h"\n\nint one(void)\n{\n\treturn 1;\n}\n\nint two(void)\n{\n\treturn 2;\n}\n\nint three;\n',
  'patches/02-change-it/edits.ts': `import { append, c, edit, insertAfter, insertBefore, remove, replace, replaceText, when } from '@kseries/patchgen'

export default [
  edit('drivers/new/new.c',
    replace('int three;', c\`
long mine_three;
\`),
    insertBefore('int two(void)', c\`
static int mine_helper(void)
{
	return 0;
}

\`),
    remove('#include "new.h"'),
  ),
  edit('drivers/demo/demo.c',
    replaceText('d->mine;', 'd->mine + mine_text;'),
    when({ contains: 'demo_ioctl' }, [insertAfter('return fd;', c\`
	/* mine, if */
\`)]),
  ),
  edit('drivers/Kconfig', append(text())),
]

function text() {
  return '\\nconfig MINE_LAST\\n\\tbool\\n'
}
`,
  'patches/03-more/message.md': 'demo: do more\n\nThat is better still.\n',
  'patches/03-more/edits.ts': `import { c, edit, insertAfter, insertBefore } from '@kseries/patchgen'

export default [
  edit('drivers/new/new.c', insertAfter('return 0;', c\`
	/* mine_third */
\`)),
  edit('drivers/demo/demo.c', insertBefore('return d->mine + mine_text;', c\`
	mine_before();
\`)),
]
`,
}

const kernel = {
  ...kernelFiles,
  'drivers/demo/Kconfig': 'config DEMO\n\tbool "Demo"\n\tselect OTHER\n\thelp\n\t  Say Y.\n',
  'Documentation/index.rst': 'Demo\n====\n\n.. toctree::\n   :maxdepth: 1\n\n   alpha\n   omega\n',
}

/** A line that the series makes, where it is, and how a change of it comes home. */
interface Line {
  readonly file: string
  readonly line: string
  readonly how: string
}

const demo = 'drivers/demo/demo.c'
const lines: readonly Line[] = [
  { file: 'drivers/Makefile', line: 'mine.o', how: 'text of addMakefileObject()' },
  { file: 'drivers/Kconfig', line: 'drivers/mine/Kconfig', how: 'text of addKconfigSource()' },
  { file: 'drivers/Kconfig', line: 'MINE_LAST', how: 'text of append()' },
  { file: 'drivers/demo/Kconfig', line: 'MINE entry', how: 'text of addKconfig()' },
  { file: 'drivers/demo/Kconfig', line: 'MINE_ATTRIBUTE', how: 'text of addToKconfig()' },
  { file: 'MAINTAINERS', line: 'demo/MINE', how: 'text of addMaintainers()' },
  { file: 'MAINTAINERS', line: 'b/MINE', how: 'text of addToMaintainers()' },
  { file: 'Documentation/index.rst', line: 'mine', how: 'text of addIndexEntry()' },
  { file: demo, line: '<linux/mine.h>', how: 'text of addInclude()' },
  { file: demo, line: 'DEMO_MINE\t', how: 'text of addDefine()' },
  { file: demo, line: 'mine_member', how: 'text of addStructMember()' },
  { file: demo, line: 'DEMO_MINE_STATE', how: 'text of addEnumerator()' },
  { file: demo, line: 'demo_mine,', how: 'text of addInitializer()' },
  { file: demo, line: 'return mine(d)', how: 'text of addCase()' },
  { file: demo, line: 'mine alone', how: 'text of addKernelDoc()' },
  { file: demo, line: 'int mine_body', how: 'text of insertInFunction()' },
  { file: demo, line: 'mine_statement', how: 'text of replace()' },
  { file: demo, line: 'int mine_function', how: 'text of insertAfter()' },
  { file: demo, line: '+ mine_text', how: 'text of replaceText()' },
  { file: demo, line: 'mine, if', how: 'text of insertAfter()' },
  { file: demo, line: 'mine_before', how: 'text of insertBefore()' },
  { file: 'drivers/new/new.c', line: 'return 2;', how: 'tree file' },
  { file: 'drivers/new/new.c', line: 'mine_three', how: 'text of replace()' },
  { file: 'drivers/new/new.c', line: 'mine_helper', how: 'text of insertBefore()' },
  { file: 'drivers/new/new.c', line: 'mine_third', how: 'text of insertAfter()' },
]

export const everyOperation = {
  series,
  kernel,
  lines,
  last: '03-more',
  files: [...new Set(lines.map(({ file }) => file))],
  /** A piece of a line, changed. */
  changed: (piece: string) => piece.replace(/(mine)/i, '$1_2').replace('return 2;', 'return 22;'),
}
