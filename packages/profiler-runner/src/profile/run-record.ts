// run.json: what was run, on what, when, and what came of it.
import { rename, writeFile } from 'node:fs/promises'
import type { LoadReport } from '../load/metrics.js'
import type { RunEnvironment } from './environment.js'
import type { ProfilePass, SweepPoint } from './options.js'
import type { TraceFile } from './trace-files.js'

/** One captured point of a pass. Paths are relative to the run's folder. */
export interface PointRecord {
  pass: ProfilePass
  /** null: captured under load, or written by a script. */
  point: SweepPoint | null
  status: 'ok' | 'failed'
  /** Times that it was tried. */
  attempts: number
  error?: string
  startedAt: string
  durationS: number
  traces: { path: string; rank: string; stage: TraceFile['stage']; bytes: number }[]
}

/** What one server was started with. */
export interface PassRecord {
  pass: ProfilePass
  /** null: attached. */
  command: string[] | null
  url: string
  log: string | null
  /** What the server says of itself. */
  server: unknown
  version: string | null
  /** Folder with traces of the capture of graphs, for `--capture`; null where there are none. */
  captures: string | null
  startupS: number
}

/** What a tracer of machine instructions left. Paths are absolute, as its environment gives them. */
export interface SassTraceRecord {
  folder: string
  /** Its lists of all launches, `stats.csv`. */
  lists: string[]
  /** Launches that it recorded. */
  recorded: number
}

/** The document run.json. */
export interface RunRecord {
  schema: 'flowsim.profile-run/1'
  /** Version of FlowSim. */
  flowsim: string
  status: 'ok' | 'partial' | 'failed'
  error?: string
  engine: string
  startedAt: string
  finishedAt: string
  environment: RunEnvironment
  passes: PassRecord[]
  points: PointRecord[]
  load?: LoadReport
  sassTrace?: SassTraceRecord
}

/** Writes a text file whole or not at all. */
export async function writeWhole(path: string, text: string | Iterable<string>): Promise<void> {
  const temporary = `${path}.tmp`
  await writeFile(temporary, text)
  await rename(temporary, path)
}
