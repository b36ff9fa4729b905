// Text from files that a terminal must not obey: escape sequences, other control characters, and the
// characters that change the direction of what follows (Unicode Standard Annex 9, section 2) become visible.

/** C0 but tab and line feed, DEL, C1, and the bidirectional controls. */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** A text with unsafe characters written as `\u001b`, and everything else as it was. */
export function visible(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0')
    return `\\u${code}`
  })
}
