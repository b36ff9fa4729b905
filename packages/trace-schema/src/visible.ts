// Text from files that a terminal must not obey, and that no table or XML can hold: escape sequences, other control
// characters, and the characters that change the direction of what follows (Unicode Standard Annex 9, section 2)
// become visible, and can be read back.

/** C0 but tab and line feed, DEL, C1, and the bidirectional controls. */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/

const ALL_UNSAFE = new RegExp(UNSAFE, 'g')
/** The same, and backslashes that would be taken for one of them. */
const ALL_ESCAPED = new RegExp(`${UNSAFE.source}|\\\\(?=u[0-9a-f]{4})`, 'g')
const ESCAPE = /\\u([0-9a-f]{4})/g

/** A text with unsafe characters written as `\u001b`, and everything else as it was. */
export function visible(text: string): string {
  return text.replace(ALL_UNSAFE, escapeOf)
}

/** Like {@link visible}, and {@link unescapeUnsafe} gives the same text again, whatever it held. */
export function escapeUnsafe(text: string): string {
  return UNSAFE.test(text) || text.includes('\\u') ? text.replace(ALL_ESCAPED, escapeOf) : text
}

/** The text that {@link escapeUnsafe} was given. */
export function unescapeUnsafe(text: string): string {
  if (!text.includes('\\u')) return text
  return text.replace(ESCAPE, (written, code: string) => {
    const character = String.fromCharCode(Number.parseInt(code, 16))
    return character === '\\' || UNSAFE.test(character) ? character : written
  })
}

const escapeOf = (character: string) =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
