// Values as Python prints them, for files that must equal those of a Python program byte for byte.

/** `repr()` of a value from JSON: lists, strings, integers, booleans, None. */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (typeof value === 'string') return stringRepr(value)
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`
  if (typeof value === 'object') {
    const members = Object.entries(value).map(([k, v]) => `${stringRepr(k)}: ${pythonRepr(v)}`)
    return `{${members.join(', ')}}`
  }
  return String(value)
}

function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  let out = quote
  for (const char of text) {
    const code = char.codePointAt(0)!
    if (char === '\\' || char === quote) out += `\\${char}`
    else if (char === '\n') out += '\\n'
    else if (char === '\r') out += '\\r'
    else if (char === '\t') out += '\\t'
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`
    else out += char
  }
  return out + quote
}

/** A JSON number's text as Python prints the number read from it: `5` stays, `5.000` is `5.0`. */
export function pythonNumber(text: string): string {
  if (!/[.eE]/.test(text)) return text
  const value = Number(text)
  if (!Number.isFinite(value)) return text
  const magnitude = Math.abs(value)
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    const [mantissa, exponent] = value.toExponential().split('e') as [string, string]
    const digits = exponent.slice(1).padStart(2, '0')
    return `${mantissa}e${exponent[0]}${digits}`
  }
  return Number.isInteger(value) ? `${value}.0` : String(value)
}
