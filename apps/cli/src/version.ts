// The version in package.json, which lies beside src and dist.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where this package lies. */
export const packageFolder = fileURLToPath(new URL('..', import.meta.url))

/** The package of this program. */
export const packageJson = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string; dependencies: Record<string, string> }

/** Version of this program. */
export const version: string = packageJson.version
