import type { Files } from '../repo.ts'

/** FAKE: takes the comments of a C file as they are; fails for a file that is called boom. */
const kernelDoc = `import os
from docutils import nodes, statemachine
from docutils.parsers.rst import Directive
from sphinx.util import logging
from sphinx.util.docutils import switch_source_input

class KernelDoc(Directive):
    required_arguments = 1
    def run(self):
        env = self.state.document.settings.env
        path = env.config.kerneldoc_srctree + '/' + self.arguments[0]
        if 'boom' in path:
            raise RuntimeError('a program has an error: ' + path)
        if not os.path.exists(path):
            logging.getLogger(__name__).error('Cannot find file ' + path)
            return []
        result = statemachine.ViewList()
        with open(path) as file:
            for number, line in enumerate(file.read().split('\\n')):
                text = line[3:] if line.startswith(' * ') else ''
                result.append(text, f'{env.srcdir}/{env.docname}.rst:{self.lineno}: {path}', number)
        node = nodes.section()
        with switch_source_input(self.state, result):
            self.state.nested_parse(result, 0, node, match_titles=1)
        return node.children

def setup(app):
    app.add_config_value('kerneldoc_srctree', None, 'env')
    app.add_directive('kernel-doc', KernelDoc)
    return dict(parallel_read_safe=True)
`

/** FAKE: a documentation of five pages, and a set-up for it, which counts in \`log\` how often it is used. */
export const docsTree = (log: string): Files => ({
  'Documentation/conf.py': `import os, sys
sys.path.insert(0, os.path.abspath('sphinx'))
extensions = ['kerneldoc', 'sphinx.ext.autosectionlabel']
autosectionlabel_prefix_document = True
primary_domain = 'c'
highlight_language = 'none'
try:
    open('${log}', 'a').write('built\\n')
except OSError:
    pass
`,
  'Documentation/sphinx/kerneldoc.py': kernelDoc,
  'tools/docs/kernel-doc': '',
  'Documentation/index.rst': 'Docs\n====\n\n.. toctree::\n\n   demo/index\n   zoo/index\n',
  'Documentation/demo/index.rst': 'Demo\n====\n\n.. toctree::\n\n   api\n   Use <use>\n',
  'Documentation/demo/api.rst':
    'API\n===\n\n.. kernel-doc:: drivers/demo/demo.c\n\n.. kernel-doc:: drivers/demo/declared.c\n',
  'drivers/demo/declared.c': ' * .. c:function:: int f(void)\n',
  'Documentation/demo/use.rst':
    'Use\n===\n\n* a list\nthat ends wrong, and always did\n\n.. _using:\n\nUsing\n-----\n\nMore.\n',
  'Documentation/zoo/index.rst': 'Zoo\n===\n\nSee :ref:`using`.\n\n.. toctree::\n   :glob:\n\n   animals/*\n',
  'Documentation/zoo/animals/cat.rst': 'Cat\n===\n\nSee :doc:`/demo/use`.\n',
})
