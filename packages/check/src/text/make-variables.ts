/** The words that a Makefile gives to variables, whatever its conditions: `NAME := a b \` and so on. */
export const wordsOf = (makefile: string, names: ReadonlySet<string>): string[] =>
  [...makefile.replaceAll(/\\\r?\n/g, ' ').matchAll(/^[ ]*([A-Za-z_]\w*)[ \t]*[:+?]?=(.*)$/gm)].flatMap(
    ([, name = '', value = '']) =>
      names.has(name)
        ? value
            .replace(/(^|\s)#.*/, '')
            .split(/\s+/)
            .filter(Boolean)
        : [],
  )
