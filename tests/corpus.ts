// Where the test corpus lies: real traces, expected outputs and measured latencies that are not part
// of the repository. Tests that need it are skipped, visibly, where it is absent.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'

const folder =
  process.env.FLOWSIM_CORPUS ?? fileURLToPath(new URL('../../shared/data', import.meta.url))

/** Whether the corpus is at hand. */
export const hasCorpus: boolean = existsSync(folder)

/** Path of a file or folder in the corpus. */
export function corpus(path: string): string {
  return `${folder}/${path}`
}

/** `describe`, skipped where the corpus is absent; its body, which may read the corpus, is not run then. */
export function describeWithCorpus(name: string, body: () => void): void {
  if (hasCorpus) describe(name, body)
  else describe(name, () => it.skip('needs the corpus: FLOWSIM_CORPUS names its folder', () => {}))
}
