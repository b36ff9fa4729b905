// Reads the text of a config.json: JSON, and the Infinity and NaN that Python's json module writes.
import { messageOf } from '@flowsim/trace-schema'
import { ModelGraphError } from '../errors.js'

/** A string, which is left alone, or a number that JSON does not have. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g

/**
 * Parses the text of a `config.json`, `hf_quant_config.json` or index of safetensors.
 * @throws {@link ModelGraphError} `invalid_config` for text that is not JSON
 */
export function parseConfig(text: string, options: { source: string }): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const plain = text.replace(STRING_OR_NUMBER, (found) => {
      if (found.startsWith('"')) return found
      return found === 'NaN' ? 'null' : found.replace('Infinity', '1e999')
    })
    if (plain !== text) return parseStrictly(plain, options.source)
    throw notJson(error, options.source)
  }
}

function parseStrictly(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw notJson(error, source)
  }
}

function notJson(error: unknown, source: string): ModelGraphError {
  return new ModelGraphError(
    'invalid_config',
    `${source}: is not JSON: ${messageOf(error)}`,
    { source, path: '' },
    { cause: error },
  )
}
