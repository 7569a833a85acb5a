import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { AptFailed, aptInstall, aptMissing, Interrupted } from '../src/index.ts'

let dir: string
const { getuid } = process
const path = process.env['PATH']

/** Stands for a Debian system: programs that write down how they were called. */
const programs = (sudo: string) => ({
  'apt-get': `echo "apt-get $*, $DEBIAN_FRONTEND" >> $SYSTEM/calls
    case "$*" in *install*) ;; *) exit 0 ;; esac
    if [ -e $SYSTEM/interrupted ]; then
      echo "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem." >&2
      exit 100
    fi
    if [ -e $SYSTEM/slow ]; then trap '' HUP; echo Unpacking; sleep 1; fi
    echo "installed" >> $SYSTEM/calls`,
  dpkg: 'echo "dpkg $*" >> $SYSTEM/calls; rm $SYSTEM/interrupted',
  sudo,
})

const allowed = '[ "$1" = -n ] || exit 9; shift; echo sudo >> $SYSTEM/calls; unset DEBIAN_FRONTEND; exec "$@"'

const useSystem = async (sudo = 'exit 9') => {
  dir = await mkdtemp(join(tmpdir(), 'kseries-apt-'))
  await mkdir(join(dir, 'bin'))
  for (const [name, text] of Object.entries(programs(sudo))) {
    await writeFile(join(dir, 'bin', name), `#!/bin/sh\n${text}\n`)
    await chmod(join(dir, 'bin', name), 0o755)
  }
  Object.assign(process.env, { SYSTEM: dir, KSERIES_CACHE: join(dir, 'cache'), PATH: `${join(dir, 'bin')}:${path}` })
}

const calls = async () => (await readFile(join(dir, 'calls'), 'utf8')).trim().split('\n')
const update = 'apt-get -q -y -o DPkg::Lock::Timeout=600 update, noninteractive'
const install = 'apt-get -q -y -o DPkg::Lock::Timeout=600 install --no-install-recommends one two, noninteractive'

test.beforeEach(() => {
  process.getuid = () => 0
})
test.afterEach.always(async () => {
  if (getuid) process.getuid = getuid
  process.env['PATH'] = path
  await rm(dir, { recursive: true, force: true })
})

test.serial('names what is not installed', async t => {
  await useSystem()
  await writeFile(join(dir, 'bin/dpkg-query'), '#!/bin/sh\necho "one installed"; echo "two config-files"; exit 1\n')
  await chmod(join(dir, 'bin/dpkg-query'), 0o755)
  t.deepEqual(await aptMissing(['one', 'two', 'three']), ['two', 'three'])
})

test.serial('root installs without a question', async t => {
  await useSystem()
  await aptInstall(['one', 'two'])
  t.deepEqual(await calls(), [update, install, 'installed'])
})

test.serial('somebody else goes through sudo, and the frontend is still named', async t => {
  process.getuid = () => 1000
  await useSystem(allowed)
  await aptInstall(['one', 'two'])
  t.deepEqual(await calls(), ['sudo', 'sudo', update, 'sudo', install, 'installed'])
})

test.serial('when sudo wants a password, a person is told what to run', async t => {
  process.getuid = () => 1000
  await useSystem('echo "sudo: a password is required" >&2; exit 1')
  const error = await t.throwsAsync(aptInstall(['one', 'two']), { instanceOf: AptFailed, message: /password/ })
  t.regex(error?.hint ?? '', /`sudo apt-get update && sudo apt-get install --no-install-recommends one two`/)
  t.is(error?.exitCode, 4)
})

test.serial('a dpkg that was left interrupted is repaired first', async t => {
  await useSystem()
  await writeFile(join(dir, 'interrupted'), '')
  await aptInstall(['one', 'two'])
  t.deepEqual(await calls(), [update, install, 'dpkg --configure -a', install, 'installed'])
})

test.serial('an abort lets dpkg finish', async t => {
  await useSystem()
  await writeFile(join(dir, 'slow'), '')
  const abort = new AbortController()
  const onLine = (line: string) => line === 'Unpacking' && abort.abort()
  await t.throwsAsync(aptInstall(['one', 'two'], { signal: abort.signal, onLine }), { instanceOf: Interrupted })
  t.deepEqual(await calls(), [update, install, 'installed'])
})
