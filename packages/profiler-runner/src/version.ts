// The version in package.json, which lies beside src and dist.
import { readFileSync } from 'node:fs'

const packageJson = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string }

/** Version of this package. */
export const version: string = packageJson.version
