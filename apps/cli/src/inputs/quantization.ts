// Quantisation schemes that commands are given.
import { SCHEME_NAMES, type SchemeName } from '@flowsim/model-graph'
import { CliError } from '../program/errors.js'

/** The scheme of `--quantization`. */
export function schemeOf(name: string): SchemeName {
  if ((SCHEME_NAMES as readonly string[]).includes(name)) return name as SchemeName
  throw new CliError('usage', `--quantization ${name}: known are ${SCHEME_NAMES.join(', ')}`)
}
