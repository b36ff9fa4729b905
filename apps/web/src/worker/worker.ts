// The thread that does the work, so that the page stays quick. It asks for its own files and nothing else.
import { provideProfiles } from '@flowsim/calibration'
import { expose } from 'comlink'
import type { PlanForm } from '../plan/plan-form.js'
import { version } from '../version.js'
import { catalogue } from './catalogue.js'
import { type Comparison, compared } from './compare.js'
import { type OpenFault, OpenTraces, type TraceFacts, type TraceFiles } from './open-traces.js'
import { type PlanAnswer, planOf } from './plan.js'
import { jobOf, type Prediction, type Reports, reports } from './report.js'
import type { WhatIf } from './scenario.js'
import { type ServingRun, simulateServing } from './serving.js'
import { type WhatIfAnswer, WhatIfRuns } from './what-if.js'

const GENERATOR = `flowsim ${version}`

const traces = new OpenTraces()
/** The graph of the traces that were asked of last. */
let last: { key: string; runs: WhatIfRuns } | undefined

/** The calibration profiles, fetched once. */
const profiles = fetch(new URL('profiles.json', import.meta.url))
  .then((answer) => answer.json() as Promise<Parameters<typeof provideProfiles>[0]>)
  .then(provideProfiles)
// Who needs them is told when they do.
profiles.catch(() => undefined)

function runsOf(ids: readonly string[]): WhatIfRuns {
  const key = ids.join(' ')
  const open = ids.map((id) => traces.get(id))
  if (last?.key !== key) last = { key, runs: new WhatIfRuns(open) }
  return last.runs
}

const work = {
  catalogue,
  open(
    id: string,
    files: TraceFiles,
    onProgress: (readBytes: number) => void,
  ): Promise<TraceFacts | OpenFault> {
    return traces.open(id, files, onProgress)
  },
  isOpen: (id: string): boolean => traces.has(id),
  close(id: string): void {
    traces.close(id)
    last = undefined
  },
  notOneJob: (ids: readonly string[]): string => traces.notOneJob(ids),
  async reports(ids: readonly string[], prediction: Prediction): Promise<Reports> {
    await profiles
    const open = ids.map((id) => traces.get(id))
    return {
      ranks: reports(open, prediction, GENERATOR),
      job: open.length > 1 ? jobOf(open, GENERATOR) : null,
    }
  },
  async whatIf(ids: readonly string[], whatIf: WhatIf): Promise<WhatIfAnswer> {
    await profiles
    return runsOf(ids).run(whatIf)
  },
  /** What changes, kernel by kernel, on one of the ranks; null where there are no totals. */
  async whatIfPage(
    ids: readonly string[],
    whatIf: WhatIf,
    place: number,
  ): Promise<Comparison | null> {
    await profiles
    return runsOf(ids).compare(whatIf, place, GENERATOR)
  },
  async serving(text: string): Promise<ServingRun> {
    await profiles
    return simulateServing(text, GENERATOR)
  },
  async plan(form: PlanForm, onProgress: (text: string) => void): Promise<PlanAnswer> {
    await profiles
    return planOf(form, GENERATOR, onProgress)
  },
  diff: (a: string, b: string): Comparison => compared(traces.get(a), traces.get(b), GENERATOR),
}

/** What the page can ask of the thread. */
export type Work = typeof work

expose(work)
