// The thread behind the page.
import { wrap } from 'comlink'
import type { Work } from './worker/worker.js'

/** What the thread does; every call is a promise. */
export const work = wrap<Work>(
  new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module', name: 'flowsim' }),
)
