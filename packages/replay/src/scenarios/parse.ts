// Scenarios from YAML. Every fault is said with the file and the line at which it stands.
import { schemaFault } from '@flowsim/trace-schema/zod'
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { ReplayError } from '../errors.js'
import { type Scenario, scenarioFileSchema } from './schema.js'

/**
 * Reads scenarios:
 *
 *   scenarios:
 *     - name: attention twice as fast, as a graph
 *       changes:
 *         - { do: scale, factor: 0.5, match: { family: attention } }
 *         - { do: graph }
 *
 * @param source - name of the file, for messages
 * @throws ReplayError `invalid_scenarios` with file, line and what is wrong: bad YAML, an unknown field, a
 *   value of the wrong kind, two scenarios of one name
 */
export function parseScenarios(yamlText: string, source = 'scenarios'): Scenario[] {
  const lines = new LineCounter()
  const document = parseDocument(yamlText, { lineCounter: lines })
  const [fault] = document.errors
  if (fault !== undefined) {
    const line = fault.linePos?.[0].line ?? 1
    throw invalid(`${source}:${line}: ${fault.message.split('\n')[0]}`, fault)
  }
  const read = scenarioFileSchema.safeParse(value(document, source))
  if (!read.success) throw invalid(describe(read.error, document, lines, source), read.error)
  const seen = new Set<string>()
  read.data.scenarios.forEach(({ name }, i) => {
    if (seen.has(name)) {
      const line = lineOf(document, lines, ['scenarios', i, 'name'])
      throw invalid(`${source}:${line}: scenarios[${i}].name: "${name}" is taken; name each once`)
    }
    seen.add(name)
  })
  return read.data.scenarios
}

function value(document: Document, source: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw invalid(`${source}:1: ${(cause as Error).message}`, cause)
  }
}

function invalid(message: string, cause?: unknown): ReplayError {
  return new ReplayError('invalid_scenarios', message, cause === undefined ? undefined : { cause })
}

function describe(
  error: z.ZodError,
  document: Document,
  lines: LineCounter,
  source: string,
): string {
  const { text, unknownField: key, ...fault } = schemaFault(error)
  const path = fault.path as (string | number)[]
  if (key !== undefined) {
    const line = lineOfKey(document, lines, path, key)
    return `${source}:${line}: ${dotted([...path, key])}: is not a field; \`docs/replay.md\` lists those there are`
  }
  const line = lineOf(document, lines, path)
  const what = path.length === 0 ? 'the document' : dotted(path)
  return `${source}:${line}: ${what}: ${text}`
}

function dotted(path: readonly (string | number)[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join('')
}

/** Line of the value at a path, or of the last part of it that is there. */
function lineOf(
  document: Document,
  lines: LineCounter,
  path: readonly (string | number)[],
): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return 1
}

function lineOfKey(
  document: Document,
  lines: LineCounter,
  path: readonly (string | number)[],
  key: string,
): number {
  const map = document.getIn(path, true)
  const item = isMap(map)
    ? map.items.find((each) => isScalar(each.key) && each.key.value === key)
    : undefined
  const range = isScalar(item?.key) ? item.key.range : undefined
  return range ? lines.linePos(range[0]).line : lineOf(document, lines, path)
}
