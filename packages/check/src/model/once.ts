/** Makes a thing when it is first wanted, and then gives the same: where nothing changed it is never wanted. */
export const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}
