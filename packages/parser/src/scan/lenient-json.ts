// JSON as profilers write it: bare NaN, Infinity, inf and N/A become null, raw control characters in
// strings are escaped.

const BARE = /([:[,]\s*)[-+]?(?:NaN|nan|inf|Infinity|N\/A|None|undefined)(?=\s*[,}\]])/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f]/g

/** The value of a JSON text, mended where that is plain; `undefined` when it cannot be read. */
export function parseLenientJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    try {
      return JSON.parse(text.replace(BARE, '$1null').replace(CONTROL, ' '))
    } catch {
      return undefined
    }
  }
}

/** The text of a JSON string without its quotes: escapes resolved, or kept where they are wrong. */
export function unescapeJson(text: string): string {
  if (!text.includes('\\')) return text
  const value = parseLenientJson(`"${text}"`)
  return typeof value === 'string' ? value : text
}
