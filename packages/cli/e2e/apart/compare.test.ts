import test from 'ava'
import { events, kseries } from '../kseries.ts'

const clients = ['securekey-afalg plain', 'securekey-afalg one-way', 'securekey-chardev session']

test('kseries compare: what three clients pay, on one kernel with both series', async t => {
  const { exitCode, stdout, stderr } = await kseries(['compare', 'afalg', 'chardev', '--json'])
  t.is(exitCode, 0, `${stdout.slice(-4000)}\n${stderr}`)
  const rows = new Map(
    events(stdout)
      .filter(({ type }) => type === 'row')
      .map(({ name, cells }) => [name as string, cells as Record<string, string>]),
  )
  for (const cells of rows.values()) t.deepEqual(Object.keys(cells), clients)
  const [plain = '', oneWay = '', device = ''] = clients
  const calls = (name: string, client: string) => Number(rows.get(name)?.[client])
  // Counted, not measured; but how many ends a call tells of is a matter of time.
  t.like(rows.get('system calls for a sample, 1 at a time'), { [plain]: '2', [oneWay]: '2', [device]: '2' })
  t.like(rows.get('system calls to change the key'), { [plain]: '6', [oneWay]: '6', [device]: '5' })
  const many = 'system calls for a sample, 32 at a time'
  t.is(calls(many, plain), 2)
  t.true(calls(many, oneWay) > 1 && calls(many, oneWay) < 2, `${calls(many, oneWay)}`)
  t.true(calls(many, device) >= 0.06 && calls(many, device) < 1, `${calls(many, device)}`)
  t.deepEqual(rows.get('bytes copied for each byte decrypted'), { [plain]: '1.0', [oneWay]: '1.0', [device]: '1.0' })
  const lines = (who: string) => rows.get(`lines of the kernel run by ${who}`) ?? {}
  t.like(lines('an ordinary user'), { [plain]: '', [device]: '0' })
  t.true(Number(lines('an ordinary user')[oneWay]) > 0)
  for (const client of [oneWay, device]) t.true(Number(lines('one who is handed what decrypts')[client]) > 300)
  t.regex(rows.get('µs for a sample of 64 KiB, 32 at a time')?.[device] ?? '', /^\d+(\.\d+)? \(\d\.\d\d ×\)$/)
  t.regex(rows.get('lines added and removed in them')?.[device] ?? '', /^\+\d+ −\d+$/)
})
