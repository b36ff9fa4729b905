// The version in package.json, which lies beside src and dist.
import { readFileSync } from 'node:fs'

// The CommonJS build has no import.meta.
const here = typeof __filename === 'string' ? `file://${__filename}` : import.meta.url

const packageJson = JSON.parse(readFileSync(new URL('../package.json', here), 'utf8')) as {
  version: string
}

/** Version of this package. */
export const version: string = packageJson.version
