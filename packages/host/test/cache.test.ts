import { userInfo } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { CacheFolderUnusable, cachePath } from '../src/index.ts'

const saved = { ...process.env }
test.afterEach.always(() => {
  for (const name of ['KSERIES_CACHE', 'XDG_CACHE_HOME', 'HOME']) {
    if (saved[name] === undefined) delete process.env[name]
    else process.env[name] = saved[name]
  }
})

const under = (KSERIES_CACHE: string, XDG_CACHE_HOME: string, HOME: string) => {
  Object.assign(process.env, { KSERIES_CACHE, XDG_CACHE_HOME, HOME })
  return cachePath('a', 'b')
}

test.serial('the folder is absolute, whatever the environment says', t => {
  t.is(under('/cache', '/xdg', '/home/k'), '/cache/a/b')
  t.is(under('', '/xdg', '/home/k'), '/xdg/kseries/a/b')
  t.is(under('', '', '/home/k'), '/home/k/.cache/kseries/a/b')
  t.is(under('', '', ''), join(userInfo().homedir, '.cache/kseries/a/b'))
  t.is(under('here', '', ''), join(process.cwd(), 'here/a/b'))
})

test.serial('a folder in which the kernel refuses to be built is refused at once', t => {
  for (const folder of ['/my cache', '/a:b']) {
    const error = t.throws(() => under(folder, '', '/home/k'), { instanceOf: CacheFolderUnusable })
    t.true(error.message.includes(folder))
    t.regex(error.hint ?? '', /KSERIES_CACHE/)
    t.is(error.exitCode, 2)
  }
})
