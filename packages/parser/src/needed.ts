// Libraries that serve one format and are installed by those who use it.
import { TraceParseError } from './errors.js'

/**
 * A library that is an optional peer of this package.
 * @param what - what needs it, the subject of the message
 * @throws TraceParseError `missing_library` where it is not installed
 */
export async function needed<T>(name: string, what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw new TraceParseError('missing_library', `needs a library; npm install ${name}`, {
      source: what,
      cause,
    })
  }
}
