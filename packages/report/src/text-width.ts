// How wide text is on a terminal, and text cut to a width.

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
const ESCAPE = /\u001b\[[0-9;]*m/g
const COMBINING = /\p{M}/u
// East Asian wide and fullwidth blocks and emoji (Unicode Standard Annex 11), which take two cells.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}]/u

/** Cells that a text takes; colours and other escape sequences take none. */
export function textWidth(text: string): number {
  let width = 0
  for (const char of text.replace(ESCAPE, '')) width += charWidth(char)
  return width
}

function charWidth(char: string): number {
  if (COMBINING.test(char)) return 0
  return WIDE.test(char) ? 2 : 1
}

/** A text cut to a width, its last cell an ellipsis where something is left out; colours are dropped. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  let cut = ''
  let used = 0
  for (const char of text.replace(ESCAPE, '')) {
    if (used + charWidth(char) > width - 1) break
    cut += char
    used += charWidth(char)
  }
  return width > 0 ? `${cut}…` : ''
}

/** A text cut to a width in its middle, where an ellipsis stands; colours are dropped. */
export function cutMiddle(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  if (width < 3) return cutText(text, width)
  const chars = [...text.replace(ESCAPE, '')]
  const tailRoom = Math.floor((width - 1) / 2)
  let from = chars.length
  let tail = 0
  while (from > 0 && tail + charWidth(chars[from - 1]!) <= tailRoom) {
    tail += charWidth(chars[--from]!)
  }
  return `${cutText(text, width - tail)}${chars.slice(from).join('')}`
}

/** How a text is broken into lines. */
export interface WrapOptions {
  /** `broken`, the default, where one is longer than a line, or `whole` even then. */
  words?: 'broken' | 'whole'
}

/** A text as lines of a width, broken at spaces; colours are dropped. */
export function wrapText(
  text: string,
  width: number,
  { words = 'broken' }: WrapOptions = {},
): string[] {
  if (textWidth(text) <= width) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of text.replace(ESCAPE, '').split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`
    if (textWidth(joined) <= width) {
      line = joined
      continue
    }
    if (line !== '') lines.push(line)
    const parts = words === 'whole' ? [word] : pieces(word, width)
    line = parts.pop()!
    lines.push(...parts)
  }
  return [...lines, line]
}

function pieces(word: string, width: number): string[] {
  const parts: string[] = []
  let part = ''
  for (const char of word) {
    if (part !== '' && textWidth(part) + charWidth(char) > width) {
      parts.push(part)
      part = ''
    }
    part += char
  }
  return [...parts, part]
}

/** A text filled up with spaces to a width. */
export function padText(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(text)))
  return align === 'right' ? space + text : text + space
}
