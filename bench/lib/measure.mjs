// One command as a whole process: CPU seconds and peak memory, threads included.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median } from 'd3-array'

const preload = new URL('./usage.mjs', import.meta.url).href

/** Runs `node ARGS` for so long at most; NaN where it failed, with its last line. */
export function measureNode(args, limitS) {
  const folder = mkdtempSync(join(tmpdir(), 'flowsim-bench-'))
  const usage = join(folder, 'usage')
  try {
    const { status, signal, stderr } = spawnSync(process.execPath, ['--import', preload, ...args], {
      env: { ...process.env, FLOWSIM_BENCH_USAGE: usage },
      encoding: 'utf8',
      maxBuffer: 1 << 30,
      ...(limitS === undefined ? {} : { timeout: 1000 * limitS, killSignal: 'SIGKILL' }),
    })
    if (status !== 0) {
      const why = signal === null ? stderr.trim().split('\n').at(-1) : `was stopped by ${signal}`
      return { cpuS: Number.NaN, peakMiB: Number.NaN, why }
    }
    // The process that was started is the last to exit.
    return JSON.parse(readFileSync(usage, 'utf8').trim().split('\n').at(-1))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs a shell command, by the shell's account of its children. */
export function measureShell(script, ...args) {
  const out = execFileSync('bash', ['-c', `${script} >/dev/null; times`, 'bash', ...args], {
    encoding: 'utf8',
  })
  const children = out.trim().split('\n').at(-1)
  const [user, system] = [...children.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => 60 * Number(minutes) + Number(seconds),
  )
  return { cpuS: user + system, peakMiB: Number.NaN }
}

/** Takes turns between the ways, so that a machine that does other work slows all of them. */
export function interleave(ways, runs) {
  const results = new Map(Object.keys(ways).map((way) => [way, []]))
  for (let i = 0; i < runs; i++) {
    for (const [way, list] of results) list.push(ways[way]())
  }
  return new Map(
    [...results].map(([way, list]) => [
      way,
      {
        cpuS: median(list, ({ cpuS }) => cpuS) ?? Number.NaN,
        peakMiB: median(list, ({ peakMiB }) => peakMiB) ?? Number.NaN,
        why: list.find(({ why }) => why !== undefined)?.why,
      },
    ]),
  )
}

/** Prints a row a way, with the ratio to the first. */
export function printTable(results) {
  const [baseline] = results.keys()
  const base = results.get(baseline).cpuS
  console.log(
    `${'command'.padEnd(52)}${'CPU s'.padStart(8)}${`× ${baseline}`.padStart(14)}${'peak MiB'.padStart(10)}`,
  )
  for (const [way, { cpuS, peakMiB, why }] of results) {
    const cells = [
      cpuS.toFixed(2).padStart(8),
      (cpuS / base).toFixed(2).padStart(14),
      (Number.isNaN(peakMiB) ? '–' : peakMiB.toFixed(0)).padStart(10),
    ]
    console.log(`${way.padEnd(52)}${cells.join('')}${why === undefined ? '' : `  ${why}`}`)
  }
}
