import test from 'ava'
import { parseTreeSource, sourceLabel, TreeSourceSyntax } from '../src/index.ts'
import { sourceSlug } from '../src/source.ts'

test('a version is a Debian package, git: a repository, a path a folder', t => {
  t.deepEqual(parseTreeSource('7.3'), { kind: 'apt', version: '7.3' })
  t.deepEqual(parseTreeSource('git:https://example.org/linux.git#v7.3'), {
    kind: 'git',
    url: 'https://example.org/linux.git',
    ref: 'v7.3',
  })
  t.deepEqual(parseTreeSource('git:../linux#main', '/home/k/series'), {
    kind: 'git',
    url: '/home/k/linux',
    ref: 'main',
  })
  t.deepEqual(parseTreeSource('git:git@example.org:linux#next'), {
    kind: 'git',
    url: 'git@example.org:linux',
    ref: 'next',
  })
  t.deepEqual(parseTreeSource('git:/src/linux'), { kind: 'git', url: '/src/linux', ref: 'HEAD' })
  t.deepEqual(parseTreeSource('./linux', '/home/k'), { kind: 'folder', path: '/home/k/linux' })
})

test('anything else is refused, options in disguise too', t => {
  for (const text of [
    '',
    'linux',
    '7',
    '7.3.4',
    'v7.3',
    'git:',
    'git:#main',
    'git:/linux#',
    'git:/linux#--upload-pack=x',
    'git:--x#y',
  ]) {
    t.throws(() => parseTreeSource(text), { instanceOf: TreeSourceSyntax }, text)
  }
})

test('a source has a name that can be part of a ref', t => {
  for (const text of ['7.3', 'git:https://example.org/a b.git#x/y', '/some folder/..']) {
    const source = parseTreeSource(text)
    t.regex(sourceSlug(source), /^[\w.-]+$/)
    t.truthy(sourceLabel(source))
  }
})
