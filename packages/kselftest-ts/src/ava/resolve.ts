import { registerHooks } from 'node:module'

// Selftests of a series that lives outside of this repository find our packages, and those we have, all the same.
registerHooks({
  resolve: (specifier, context, next) => {
    const fromHere = () => next(specifier, { ...context, parentURL: import.meta.url })
    if (specifier.startsWith('@kseries/')) return fromHere()
    try {
      return next(specifier, context)
    } catch (error) {
      const isPackage = /^(?:@[\w.-]+\/)?[a-z][\w.-]*(?:\/|$)/.test(specifier)
      if (!isPackage || (error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
      return fromHere()
    }
  },
})
