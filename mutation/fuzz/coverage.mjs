// Which blocks of one script an input reaches, by V8's own counters.
import { Session } from 'node:inspector/promises'

/** Counts within one power of two are the same block: a loop that runs once more teaches nothing. */
const bucket = (count) => Math.floor(Math.log2(count))

/** Coverage of the script at `url`, from now on. */
export async function coverageOf(url) {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  const seen = new Set()
  return {
    /** Blocks reached since the last call that no input reached before. */
    async added() {
      const { result } = await session.post('Profiler.takePreciseCoverage')
      let added = 0
      for (const { url: at, functions } of result) {
        if (at !== url) continue
        for (const { ranges } of functions) {
          for (const { startOffset, endOffset, count } of ranges) {
            if (count === 0) continue
            const key = `${startOffset} ${endOffset} ${bucket(count)}`
            if (seen.has(key)) continue
            seen.add(key)
            added++
          }
        }
      }
      return added
    },
    get blocks() {
      return seen.size
    },
  }
}
