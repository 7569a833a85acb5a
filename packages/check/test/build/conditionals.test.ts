import test from 'ava'
import { branchesOf } from '../../src/build/conditionals.ts'

const text = `#ifndef _LINUX_ZOO_H
#define _LINUX_ZOO_H

#ifdef CONFIG_KEYS
int a; /* #if 0 */
# if defined(CONFIG_NET) && !defined(CONFIG_INET) \\
	&& IS_ENABLED(CONFIG_IPV6)
int b(
	int c); // "
# endif
#elif !IS_ENABLED(CONFIG_A) || CONFIG_B > 3
/*
 * nothing but words
 */
#define C \\
	1
#else
#error "no /* comment"
int d;
#endif

#ifndef __cplusplus
int e;
#endif
#endif
`

test('branches have their condition, their own lines of code, and the options that they and those around them want', t => {
  t.deepEqual(branchesOf(text), [
    { condition: '#ifdef CONFIG_KEYS', lines: [5], options: ['KEYS'] },
    {
      condition: '#if defined(CONFIG_NET) && !defined(CONFIG_INET) && IS_ENABLED(CONFIG_IPV6)',
      lines: [8, 9],
      options: ['KEYS', 'NET', 'IPV6'],
    },
    { condition: '#else of #ifdef CONFIG_KEYS', lines: [19], options: [] },
  ])
})

test('an #else wants on what its #if wants off, if that is all it asks', t => {
  const of = (condition: string) =>
    branchesOf(`${condition}\nint a;\n#else\nint b;\n#endif\n`).map(({ options }) => options)
  t.deepEqual(of('#ifndef CONFIG_A'), [[], ['A']])
  t.deepEqual(of('#if !IS_ENABLED(CONFIG_A)'), [[], ['A']])
  t.deepEqual(of('#if !defined(CONFIG_A) && CONFIG_B'), [['B'], []])
  t.deepEqual(of('#ifdef CONFIG_A'), [['A'], []])
})

test('an #else or #endif too many, an #if too few, are no trouble', t => {
  t.deepEqual(branchesOf('#else\nint a;\n#endif\n#endif\n#if B\nint b;\n'), [
    { condition: '#if B', lines: [6], options: [] },
  ])
})
