// The list of jobs that `flowsim external run` leaves beside their results: only by it does `collect` know of those
// that have not begun.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobPoint } from '@flowsim/external'
import { makeFolder } from '@flowsim/trace-schema/node'
import { z } from 'zod'
import { Outputs } from '../../program/outputs.js'

const LIST = 'run.json'
const listSchema = z.object({
  schema: z.literal('flowsim.external-run/1'),
  jobs: z.array(z.string()),
})

/** Writes the names of the jobs: their folders in `folder`. */
export async function writeRunList(folder: string, points: readonly JobPoint[]): Promise<void> {
  makeFolder(folder)
  const list = { schema: 'flowsim.external-run/1', jobs: points.map(({ name }) => name) }
  await Outputs.file(join(folder, LIST), `${JSON.stringify(list, null, 1)}\n`)
}

/** The names of the jobs; none where nothing lists them. */
export async function listedJobs(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, LIST), 'utf8').catch(() => '')
  try {
    return listSchema.parse(JSON.parse(text)).jobs
  } catch {
    return []
  }
}
