// The shape pass of a profiling run merged into its timing pass: graphs kernel by kernel as they were
// captured, everything else by name and order.
import { join } from 'node:path'
import { type CaptureReport, kinetoLines, TraceParseError } from '@flowsim/parser'
import { parseCaptureFile, parseFile } from '@flowsim/parser/node'
import {
  mergeShapes,
  type PointRecord,
  pointName,
  type RunRecord,
  type ShapeMergeReport,
} from '@flowsim/profiler-runner'
import type { KernelTrace } from '@flowsim/trace-schema'
import { Outputs } from '../../program/outputs.js'
import { note } from '../../program/print.js'

/** A merged trace and what the merge did. */
export interface MergedTrace {
  path: string
  /** How the replayed graphs were told from the launches of the shape pass; null where they were not. */
  graphs: CaptureReport | null
  /** What was merged by name and order beside. */
  report: ShapeMergeReport
}

/**
 * Merges the traces of two passes into `merged/`. Traces belong together when point, rank and stage are
 * the same. Two captures under load hold other steps, so there is nothing to merge.
 */
export async function mergePasses(record: RunRecord, outDir: string): Promise<MergedTrace[]> {
  const shapes = new Map(tracesOf(record, 'shapes').map(({ key, path }) => [key, path]))
  const merged: MergedTrace[] = []
  for (const { key, name, path } of tracesOf(record, 'timing')) {
    const shapePath = shapes.get(key)
    if (shapePath === undefined) continue
    note(`merging ${path}`)
    const { timing, graphs } = await readTiming(join(outDir, path), join(outDir, shapePath))
    const { trace, report } = mergeShapes(timing, await parseFile(join(outDir, shapePath)))
    const folder = join(outDir, 'merged')
    const file = `${name}.trace.json.gz`
    await Outputs.file(join(folder, file), kinetoLines(trace))
    merged.push({ path: join('merged', file), graphs, report })
  }
  if (merged.length > 0) {
    const text = `${JSON.stringify(merged, null, 2)}\n`
    await Outputs.file(join(outDir, 'merged', 'report.json'), text)
  }
  return merged
}

// With the host's calls, so that the merged trace can be replayed.
async function readTiming(
  path: string,
  shapePath: string,
): Promise<{ timing: KernelTrace; graphs: CaptureReport | null }> {
  let graphs: CaptureReport | null = null
  try {
    const captures = [await parseCaptureFile(shapePath)]
    const onCaptures = (report: CaptureReport) => {
      graphs = report
    }
    return { timing: await parseFile(path, { hostCalls: true, captures, onCaptures }), graphs }
  } catch (error) {
    // A graph that runs other kernels than the pass without graphs: names tell what they can.
    const isOther = error instanceof TraceParseError && OTHER_GRAPHS.includes(error.code)
    if (!isOther) throw error
    note(error.message)
    return { timing: await parseFile(path, { hostCalls: true }), graphs: null }
  }
}

const OTHER_GRAPHS = ['capture_mismatch', 'no_kernels']

function tracesOf(record: RunRecord, pass: PointRecord['pass']) {
  return record.points
    .filter(({ pass: of, point }) => of === pass && (point !== null || record.load === undefined))
    .flatMap(({ point, traces }) =>
      traces.map(({ path, rank, stage }, index) => {
        const where = point === null ? 'script' : pointName(point)
        const name = `${where}-${rank}-${stage}`
        // Older versions of vLLM name a rank by its process: then order tells which is which.
        const isNumbered = point === null || /^(?:TP|rank)-/.test(rank)
        return { key: isNumbered ? name : `${where}-${stage}-${index}`, name, path }
      }),
    )
}
