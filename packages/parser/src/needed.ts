// Libraries that serve one format and are installed by those who use it. They are loaded with
// `import(name).catch(missing(…))`: bundlers let an import whose failure is caught be absent.
import { TraceParseError } from './errors.js'

/**
 * What to throw where an optional peer of this package is not installed.
 * @param what - what needs it, the subject of the message
 */
export function missing(name: string, what: string): (cause: unknown) => never {
  return (cause) => {
    throw new TraceParseError('missing_library', `needs a library; npm install ${name}`, {
      source: what,
      cause,
    })
  }
}
