// A text as JSON documents: one, or one a line. Python's words for numbers that JSON does not have are null.

/** The documents; null: the text is not JSON. */
export function documentsOf(text: string): unknown[] | null {
  if (!/^\s*[[{]/.test(text)) return null
  const plain = text.replace(/([:,[]\s*)(?:-?Infinity|NaN)\b/g, '$1null')
  const whole = parsed(plain)
  if (whole !== undefined) return [whole]
  const lines = plain.split('\n').filter((line) => line.trim() !== '')
  const documents = lines.map(parsed)
  return documents.includes(undefined) ? null : documents
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
