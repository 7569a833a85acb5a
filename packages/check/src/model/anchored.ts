/**
 * A text without the numbers of lines, which drift: 'freed on line 12' says "freed on 'kfree(key);'".
 * @param source - the file that it is about.
 */
export const anchored = (text: string, source: string): string =>
  text.replaceAll(/\blines? (\d+)/g, (whole, line: string) => {
    const code = source.split('\n')[Number(line) - 1]?.trim()
    return code ? `'${code}'` : whole
  })
