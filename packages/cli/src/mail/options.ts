import { BadOption } from '../run/options.ts'

/** Reads `--to` and `--cc`: 'mail' or 'Name <mail>'. @throws BadOption */
export const parseAddress = (option: string, text: string): string => {
  if (!/^([^\s@<>,]+@[^\s@<>,]+|[^<>\n]*<[^\s@<>,]+@[^\s@<>,]+>)$/.test(text))
    throw new BadOption(option, text, "one mail address, 'mail' or 'Name <mail>'")
  return text
}

/** Reads `--in-reply-to`, with or without < and >. @throws BadOption */
export const parseMessageId = (text: string): string => {
  const id = /^<?([^\s<>@]+@[^\s<>@]+)>?$/.exec(text)?.[1]
  if (id === undefined) throw new BadOption('--in-reply-to', text, 'a Message-ID like 20261123-x@example.org')
  return id
}
