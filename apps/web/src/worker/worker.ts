// The thread that does the work, so that the page stays quick. It asks for its own files and nothing else.
import { diffTraces, type TraceDiff } from '@flowsim/analysis'
import { provideProfiles } from '@flowsim/calibration'
import type { ScenarioRow } from '@flowsim/replay'
import { expose } from 'comlink'
import { version } from '../version.js'
import { catalogue } from './catalogue.js'
import { type OpenFault, OpenTraces, type TraceFacts, type TraceFiles } from './open-traces.js'
import { type Prediction, type Report, reports } from './report.js'
import type { WhatIf } from './scenario.js'
import { type ServingRun, simulateServing } from './serving.js'
import { WhatIfRuns } from './what-if.js'

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
  async reports(ids: readonly string[], prediction: Prediction): Promise<Report[]> {
    await profiles
    return reports(
      ids.map((id) => traces.get(id)),
      prediction,
      GENERATOR,
    )
  },
  async whatIf(ids: readonly string[], whatIf: WhatIf): Promise<ScenarioRow[]> {
    await profiles
    const key = ids.join(' ')
    const open = ids.map((id) => traces.get(id))
    if (last?.key !== key) last = { key, runs: new WhatIfRuns(open) }
    return last.runs.run(whatIf)
  },
  async serving(text: string): Promise<ServingRun> {
    await profiles
    return simulateServing(text, GENERATOR)
  },
  diff: (a: string, b: string): TraceDiff => diffTraces(traces.get(a), traces.get(b)),
}

/** What the page can ask of the thread. */
export type Work = typeof work

expose(work)
