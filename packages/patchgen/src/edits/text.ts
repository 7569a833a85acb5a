/**
 * Lines of a file, written verbatim: backslashes and tabs stay what they are. The line break after the opening backtick
 * and the blanks before the closing one do not belong to the text; the end of the last line does.
 *
 *     c`
 *     	case ALG_SET_SECURE_KEY:
 *     		return alg_set_secure_key(sk, optval, optlen);
 *     `
 *
 * Of the characters with a meaning in TypeScript write `\`` for a backtick and `\${` for a dollar with a brace.
 * @throws TypeError for an empty text.
 */
export const c = (strings: TemplateStringsArray, ...values: readonly (string | number)[]): string =>
  wholeLines(
    String.raw({ raw: strings.raw.map(part => part.replaceAll('\\`', '`').replaceAll('\\${', '${')) }, ...values)
      .replace(/^[ \t]*\n/, '')
      .replace(/\n[ \t]*$/, '\n'),
  )

/** The same for everything that is not C: Kconfig, Makefiles, MAINTAINERS, reStructuredText. */
export const text = c

/** A text with a line end at its end. */
export const wholeLines = (value: string): string => {
  if (typeof value !== 'string' || value.trim() === '')
    throw new TypeError("Cannot use an empty text: it must have at least one line that isn't blank")
  return value.endsWith('\n') ? value : `${value}\n`
}
