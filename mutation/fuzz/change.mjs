// Changes of an input: bytes and numbers overwritten, pieces taken out, doubled, moved, or taken from another
// input, and words of all inputs put in. The same seed gives the same changes.

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
export function randomNumbers(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const WORDS =
  '{ } [ ] : , " \\ \n \t \0 null true NaN -1 0 1e308 9007199254740992 -0 [[]] {} "" &a *a <<: !!js/undefined --- ... - | > ? # % __proto__ constructor'
    .split(' ')
    .map((word) => Buffer.from(word))

/** Words, numbers and quoted names of an input, for others to use. */
export function wordsOf(bytes) {
  const text = Buffer.from(bytes.subarray(0, 20_000)).toString('latin1')
  return [...new Set(text.match(/"[^"\n]{1,40}"|[A-Za-z_][\w.-]{2,40}|-?\d+(?:\.\d+)?/g) ?? [])]
    .slice(0, 200)
    .map((word) => Buffer.from(word, 'latin1'))
}

/** One input made of another; `others` lend their pieces, `words` theirs. */
export function changed(bytes, { random, others, words, mostBytes }) {
  const below = (count) => Math.floor(random() * count)
  const one = (list) => list[below(list.length)]
  let result = Buffer.from(bytes)
  const splice = (at, removed, by) => {
    result = Buffer.concat([result.subarray(0, at), by, result.subarray(at + removed)])
  }
  const changes = 1 + below(1 + below(8))
  for (let i = 0; i < changes; i++) {
    const at = below(result.length + 1)
    const length = below(1 + below(64))
    switch (below(8)) {
      case 0:
        if (at < result.length) result[at] = below(256)
        break
      case 1:
        if (at < result.length) result[at] ^= 1 << below(8)
        break
      case 2:
        splice(at, length, Buffer.alloc(0))
        break
      case 3:
        splice(at, 0, result.subarray(at, at + length))
        break
      case 4:
        splice(at, length, one(random() < 0.5 ? WORDS : words))
        break
      case 5: {
        const other = one(others)
        const from = below(other.length + 1)
        splice(at, length, Buffer.from(other.subarray(from, from + below(200))))
        break
      }
      case 6: {
        // A number or a name in the text by another one.
        const text = result.toString('latin1')
        const found = /"[^"\n]{0,60}"|-?\d+(?:\.\d+)?|[A-Za-z_]\w+/.exec(text.slice(at))
        if (found !== null) {
          splice(at + found.index, found[0].length, one(random() < 0.4 ? WORDS : words))
        }
        break
      }
      default:
        if (random() < 0.2) result = result.subarray(0, at)
    }
  }
  return result.subarray(0, mostBytes)
}
