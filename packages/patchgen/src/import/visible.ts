/** A message without what is none of it: escape sequences of terminals, NUL, and turned directions of writing. */
export const visible = (text: string): string => text.replaceAll(/(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '')
