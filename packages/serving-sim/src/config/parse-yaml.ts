// YAML with places: what a field says, and the line and column where it says it.
import { isCollection, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import { ServingError, type SourcePlace } from '../errors.js'

/** A parsed YAML file. JSON is YAML too. */
export interface YamlSource {
  /** Name of the input, as the user gave it. */
  source: string
  value: unknown
  /** Where a value is, or the nearest one around it; with `key`, where its name is. */
  place(path: readonly PropertyKey[], key?: string): SourcePlace
}

/**
 * Parses YAML.
 * @param source name of the input
 * @throws ServingError `invalid_config` with the place of a syntax error
 */
export function parseYaml(text: string, source: string): YamlSource {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number): SourcePlace => {
    const { line, col } = lines.linePos(offset)
    return { source, line, column: col }
  }
  const error = document.errors[0]
  if (error !== undefined) {
    const message = error.message.replace(/\s+/g, ' ')
    throw new ServingError('invalid_config', `not YAML: ${message}`, at(error.pos[0]))
  }
  return {
    source,
    value: document.toJS() ?? null,
    place(path, key) {
      let node: Node | null = document.contents
      for (const part of path) {
        const child: unknown = isCollection(node)
          ? node.get(part as string | number, true)
          : undefined
        if (child === undefined || child === null || typeof child !== 'object') break
        node = child as Node
      }
      if (key !== undefined && isMap(node)) {
        const named = node.items.find((item) => isScalar(item.key) && item.key.value === key)
        const range = (named?.key as Node | undefined)?.range
        if (range) return at(range[0])
      }
      return node?.range ? at(node.range[0]) : { source, line: 1, column: 1 }
    },
  }
}
