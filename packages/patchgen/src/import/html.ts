/**
 * A mail without the HTML halves of its parts: mailinfo takes every part for text, and an HTML half may hold the diff once more.
 * https://www.rfc-editor.org/rfc/rfc2046#section-5.1
 * @param mail - one character a byte.
 */
export const withoutHtml = (mail: string): string => {
  if (!/multipart\//i.test(mail)) return mail
  const fields = mail
    .replaceAll(/\r?\n[ \t]+/g, ' ')
    .matchAll(/^content-type: *multipart\/.*\bboundary="?([^";\r\n]+)/gim)
  const boundaries = new Set([...fields].map(([, boundary = '']) => boundary.trimEnd()))
  const kept: string[] = []
  let [isHeader, isHtml, partAt] = [false, false, 0]
  for (const [line] of mail.matchAll(/[^\n]*\n|[^\n]+$/g)) {
    if (line.startsWith('--') && boundaries.has(line.trimEnd().slice(2).replace(/--$/, '')))
      [isHeader, isHtml, partAt] = [true, false, kept.length]
    else if (line.trim() === '') isHeader = false
    else if (isHeader && /^content-type:\s*text\/html/i.test(line)) {
      isHtml = true
      // Its boundary goes with it: two on end are a part to mailinfo.
      kept.length = partAt
    }
    if (!isHtml) kept.push(line)
  }
  return kept.join('')
}
