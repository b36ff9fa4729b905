// What a rule asks of a name: the name itself, where * stands for any characters, or a regular
// expression in slashes, "/^nccl\\w*_AllReduce/i". A list is met by any of its patterns.
import { KernelDbError } from '../errors.js'

/** Named groups of the expression that was found. */
export type Groups = Readonly<Record<string, string | undefined>>

/** A pattern that was read. */
export interface Pattern {
  /** Looks into a name as rules read it; exact names are also tried on the name as it was written. */
  find(readable: string, raw?: string): Groups | undefined
}

const NO_GROUPS: Groups = {}
const EXPRESSION = /^\/(.*)\/([a-z]*)$/s

/** Whether a pattern is a regular expression, rather than a name. */
export function isRegex(pattern: string): boolean {
  return EXPRESSION.test(pattern)
}

/**
 * Reads a pattern, or a list of them.
 * @param pieces - what `${NAME}` stands for in a regular expression
 * @throws KernelDbError with code `invalid_rule` where an expression cannot be read
 */
export function compilePattern(
  given: string | readonly string[],
  pieces: Readonly<Record<string, string>> = {},
): Pattern {
  const globs: ((text: string) => boolean)[] = []
  const byFlags = new Map<string, string[]>()
  for (const pattern of [given].flat()) {
    const match = EXPRESSION.exec(pattern)
    if (match === null) {
      globs.push(glob(pattern))
      continue
    }
    const source = compileRegex(withPieces(match[1]!, pieces), match[2]!).source
    const list = byFlags.get(match[2]!)
    if (list === undefined) byFlags.set(match[2]!, [source])
    else list.push(source)
  }
  const regexes = [...byFlags].map(([flags, sources]) => compileRegex(sources.join('|'), flags))
  return {
    find(readable, raw = readable) {
      for (const regex of regexes) {
        const match = regex.exec(readable)
        if (match !== null) return match.groups ?? NO_GROUPS
      }
      return globs.some((test) => test(raw) || test(readable)) ? NO_GROUPS : undefined
    },
  }
}

function withPieces(source: string, pieces: Readonly<Record<string, string>>): string {
  return source.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    if (Object.hasOwn(pieces, name)) return pieces[name]!
    throw new KernelDbError('invalid_rule', `\${${name}} is not in "define"`)
  })
}

function compileRegex(source: string, flags: string): RegExp {
  if (/[gy]/.test(flags)) {
    throw new KernelDbError('invalid_rule', `/${source}/${flags}: flags g and y have no meaning`)
  }
  try {
    return new RegExp(source, flags)
  } catch (error) {
    throw new KernelDbError('invalid_rule', (error as Error).message)
  }
}

/** A name where `*` stands for any characters, as a test. */
function glob(pattern: string): (text: string) => boolean {
  if (!pattern.includes('*')) return (text) => text === pattern
  const parts = pattern.split('*')
  const first = parts[0]!
  const last = parts[parts.length - 1]!
  return (text) => {
    if (text.length < first.length + last.length) return false
    if (!text.startsWith(first) || !text.endsWith(last)) return false
    let at = first.length
    for (const part of parts.slice(1, -1)) {
      const found = text.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at <= text.length - last.length
  }
}

/** Every name that braces stand for: `{_C,vllm}::norm` is `_C::norm` and `vllm::norm`. */
export function expandBraces(text: string): string[] {
  const braces = /\{([^{}]*,[^{}]*)\}/.exec(text)
  if (braces === null) return [text]
  const before = text.slice(0, braces.index)
  const after = text.slice(braces.index + braces[0].length)
  return braces[1]!.split(',').flatMap((each) => expandBraces(before + each + after))
}
