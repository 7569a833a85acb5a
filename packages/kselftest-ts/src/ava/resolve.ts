import { registerHooks } from 'node:module'

// Selftests of a series that lives outside of this repository find our packages all the same.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier.startsWith('@kseries/')
      ? next(specifier, { ...context, parentURL: import.meta.url })
      : next(specifier, context),
})
