// What a word that nobody knows was meant to be: the names that are few changes of letters away (Levenshtein's
// distance), or that begin so.
import { distance } from 'fastest-levenshtein'

/** A word is held against every name; no name that FlowSim knows is longer. */
const LONGEST_WORD = 100

/** How names are given. */
export interface ClosestNamesOptions {
  /** Names to give at most; 3 if absent. */
  most?: number
  /** What to call a name, such as that which an alias stands for. */
  nameOf?: (known: string) => string
}

/** Names that a word was probably meant to be, the closest first; letters' case and punctuation do not count. */
export function closestNames(
  word: string,
  names: Iterable<string>,
  { most = 3, nameOf = (known: string) => known }: ClosestNamesOptions = {},
): string[] {
  const wanted = plain(word.slice(0, LONGEST_WORD))
  if (wanted === '' || word.length > LONGEST_WORD) return []
  // Most letters of the word are those of the name.
  const limit = Math.min(Math.ceil(wanted.length / 2) - 1, Math.max(2, wanted.length >> 2))
  const scored: { name: string; score: number }[] = []
  for (const name of new Set(names)) {
    const score = changes(wanted, plain(name))
    if (score <= limit) scored.push({ name, score })
  }
  scored.sort((a, b) => a.score - b.score)
  return [...new Set(scored.map(({ name }) => nameOf(name)))].slice(0, most)
}

/** `; did you mean a, b or c?`, to go on with after what is wrong; empty where no name is close. */
export function didYouMean(
  word: string,
  names: Iterable<string>,
  options: Parameters<typeof closestNames>[2] = {},
): string {
  const close = closestNames(word, names, options)
  if (close.length === 0) return ''
  const last = close.pop()!
  return `; did you mean ${close.length > 0 ? `${close.join(', ')} or ` : ''}${last}?`
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

/** Changes to the name, or to a beginning of it about as long as the word, which counts half a change more. */
function changes(word: string, name: string): number {
  let least = distance(word, name)
  for (let length = word.length - 1; length <= word.length + 1 && length < name.length; length++) {
    least = Math.min(least, distance(word, name.slice(0, length)) + 0.5)
  }
  return least
}
