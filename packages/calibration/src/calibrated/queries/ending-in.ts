// Kinds of rows that are told from others by an ending.

/** Kinds with an ending, before those without: memoised, as choices are known by their kinds. */
export function endingIn(ending: string): (kinds: readonly string[]) => readonly string[] {
  const known = new Map<readonly string[], readonly string[]>()
  return (kinds) => {
    let found = known.get(kinds)
    if (found === undefined) {
      found = [...kinds.map((kind) => `${kind}-${ending}`), ...kinds]
      known.set(kinds, found)
    }
    return found
  }
}
