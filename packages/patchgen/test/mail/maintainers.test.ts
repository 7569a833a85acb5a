import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { askMaintainers, generate, loadChain, MaintainersUnknown } from '../../src/index.ts'
import { isolate, kernelFiles, makeRepo, makeSeries } from '../kernel.ts'

let root = ''
test.before(async () => {
  root = await isolate()
})
test.after.always(() => rm(root, { recursive: true, force: true }))

/** Answers with its arguments, and with what it sees: the files named in the patch, where it stands, what is in MAINTAINERS. */
const script = String.raw`use strict;
my $patch = do { local $/; <STDIN> };
die "no folder\n" unless -d "drivers/new" && -f "COPYING" && -d "ipc" && !-e ".git";
open(my $file, "<", "MAINTAINERS") or die;
my $maintainers = do { local $/; <$file> };
print "options\@example.org", join("", @ARGV) =~ s/[^\w-]//gr, "\n";
if (grep { $_ eq "--no-l" } @ARGV) {
  print "J\xc3\xb6rg <j\@example.org>\n";
  print "new\@example.org\n" if $patch =~ m{^\+\+\+ b/drivers/new/}m && $maintainers =~ /NEW ENTRY/;
} else {
  print "a list without an address\n";
  print "list\@example.org\n";
}
`

const generated = async (name: string, files: Readonly<Record<string, string>>) => {
  const repo = await makeRepo(join(root, name), { ...kernelFiles, ...files })
  const folder = await makeSeries(join(root, `${name}-series`, 'demo'), {
    'patches/02-change-it/edits.ts': `import { addMaintainers, edit } from '@kseries/patchgen'
export default [edit('MAINTAINERS', addMaintainers('NEW ENTRY\\nS:\\tMaintained\\nF:\\tdrivers/new/\\n'))]\n`,
  })
  return await generate(await loadChain(folder), { ...repo, label: '7.3' })
}

test("the base's own script is asked for each patch, with the series' MAINTAINERS and nothing of the history", async t => {
  const made = await generated('asks', { 'scripts/get_maintainer.pl': script })
  const answers = await askMaintainers(made, made.commits)
  t.is(answers.length, 2)
  const options = 'options@example.org--no-git--no-git-fallback--no-fixes--no-rolestats'
  t.deepEqual(answers[0], {
    to: [`${options}--no-l`, 'Jörg <j@example.org>', 'new@example.org'],
    cc: [`${options}--no-m--no-r`, 'list@example.org'],
  })
  t.deepEqual(answers[1]?.to.slice(1), ['Jörg <j@example.org>'])
})

test('a base without the script, and one whose script fails, are told', async t => {
  const without = await generated('without', {})
  await t.throwsAsync(askMaintainers(without, without.commits), {
    instanceOf: MaintainersUnknown,
    message: /the base has no scripts\/get_maintainer\.pl/,
  })
  const broken = await generated('broken', { 'scripts/get_maintainer.pl': 'die "it is broken\\n";\n' })
  await t.throwsAsync(askMaintainers(broken, broken.commits), {
    instanceOf: MaintainersUnknown,
    message: /it is broken/,
  })
})
