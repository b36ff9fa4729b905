// Results of a job's points, gathered into one table.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { plainCell, protectText } from '@flowsim/trace-schema'
import type { PointStatus } from '../backends/backend.js'

/** What a point gave. */
export interface PointResult extends PointStatus {
  /** The JSON that its command printed; null when it failed or printed something else. */
  result: unknown
  /** Last line of its error output, for a point that failed. */
  error: string | null
}

/** What a point's folder says. */
export interface PointFiles {
  exitCodes: number[]
  stdout: string | null
  stderr: string
}

/** Reads the files of a point; all absent when it has not started. */
export async function readPointFiles(jobDir: string, index: number): Promise<PointFiles> {
  const read = (name: string) =>
    readFile(join(jobDir, 'points', String(index), name), 'utf8').catch(() => null)
  const [attempts, stdout, stderr] = await Promise.all([
    read('attempts'),
    read('stdout'),
    read('stderr'),
  ])
  return {
    exitCodes: (attempts ?? '').split('\n').filter(Boolean).map(Number),
    stdout,
    stderr: stderr ?? '',
  }
}

/** A point's result from its status and output. */
export function pointResult(
  status: PointStatus,
  stdout: string | null,
  stderr: string,
): PointResult {
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('--- '))
  return {
    ...status,
    result: stdout === null ? null : lastJson(stdout),
    error: status.state === 'failed' ? (lines.at(-1) ?? status.reason ?? null) : null,
  }
}

// A command under --json prints one document; others may print lines before it.
function lastJson(text: string): unknown {
  const candidates = [text, text.trimEnd().split('\n').at(-1)!]
  for (const candidate of candidates) {
    try {
      return JSON.parse(candidate) as unknown
    } catch {}
  }
  return null
}

/**
 * One CSV table: index, name, state, exit code and attempts of each point, then every number, text
 * and truth value of the results, under its path (`report.ttft.p50S`). A list of one is taken for what
 * it holds; longer lists have no place in a row.
 */
export function resultsCsv(results: readonly PointResult[]): string {
  const rows = results.map((point) => {
    const row = new Map<string, string>([
      ['index', String(point.index)],
      ['name', protectText(point.name)],
      ['state', point.state],
      ['exit_code', point.exitCode === null ? '' : String(point.exitCode)],
      ['attempts', String(point.attempts)],
      ['error', protectText(point.error ?? '')],
    ])
    flatten('', point.result, row)
    return row
  })
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))]
  const lines = [
    columns.map(protectText),
    ...rows.map((row) => columns.map((column) => row.get(column) ?? '')),
  ]
  return `${lines.map((cells) => cells.map(plainCell).join(',')).join('\n')}\n`
}

function flatten(path: string, value: unknown, row: Map<string, string>): void {
  if (value === null || value === undefined) return
  if (typeof value !== 'object') {
    const text = typeof value === 'string' ? protectText(value) : String(value)
    row.set(path === '' ? 'result' : path, text)
  } else if (Array.isArray(value)) {
    if (value.length === 1) flatten(path, value[0], row)
  } else {
    for (const [key, inner] of Object.entries(value)) {
      flatten(path === '' ? key : `${path}.${key}`, inner, row)
    }
  }
}
