import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accelSimPoints, kernelsOfList, launchOfFile } from './run-points.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowsim-external-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const options = (more = {}) => ({
  simulator: join(folder, 'sim'),
  traces: join(folder, 'traces'),
  files: ['kernel-1.traceg.xz', 'kernel-4.traceg.xz'],
  configs: ['/c/gpgpusim.config', '/c/trace.config'],
  output: join(folder, 'out'),
  ...more,
})

describe('jobs of a simulation', () => {
  it('are each kernel with each combination of settings', () => {
    const names = accelSimPoints(
      options({ settings: { gpgpu_n_mem: ['40', '48'], gpgpu_n_clusters: ['132'] } }),
    ).map(({ name }) => name)
    expect(names).toEqual([
      'gpgpu_n_mem=40,gpgpu_n_clusters=132/kernel-1',
      'gpgpu_n_mem=40,gpgpu_n_clusters=132/kernel-4',
      'gpgpu_n_mem=48,gpgpu_n_clusters=132/kernel-1',
      'gpgpu_n_mem=48,gpgpu_n_clusters=132/kernel-4',
    ])
  })

  it('run in a folder with a list of one kernel and a link to its trace', () => {
    mkdirSync(join(folder, 'traces'))
    writeFileSync(join(folder, 'traces/kernel-1.traceg.xz'), 'trace')
    writeFileSync(
      join(folder, 'sim'),
      '#!/bin/sh\npwd\necho "$@"\ncat kernelslist.g kernel-1.traceg.xz\necho "$SAYS"\nexit "$CODE"\n',
    )
    chmodSync(join(folder, 'sim'), 0o755)
    const [point] = accelSimPoints(options({ repeat: 2, settings: { gpgpu_n_mem: ['48'] } }))
    const run = (SAYS: string, CODE: string) =>
      spawnSync(point!.command[0]!, point!.command.slice(1), {
        env: { ...process.env, SAYS, CODE },
      }).status
    expect(run('GPGPU-Sim: *** exit detected ***', '0')).toBe(0)
    const at = join(folder, 'out/gpgpu_n_mem=48/kernel-1')
    expect(readFileSync(join(at, 'stdout.log'), 'utf8')).toBe(
      `${at}\n-trace ./kernelslist.g -config /c/gpgpusim.config -config /c/trace.config -gpgpu_n_mem 48\n` +
        'kernel-1.traceg.xz\nkernel-1.traceg.xz\ntraceGPGPU-Sim: *** exit detected ***\n',
    )
    expect(readFileSync(join(at, 'exit-code'), 'utf8')).toBe('0\n')
    rmSync(join(at, 'inputs.cksum'))
    // Its exit code says little: 0 without the end marker is a failure, as is the marker before a crash.
    expect(run('unsupported binary version: 89', '0')).not.toBe(0)
    expect(run('GPGPU-Sim: *** exit detected ***', '139')).not.toBe(0)
    expect(readFileSync(join(at, 'exit-code'), 'utf8')).toBe('139\n')
  })

  it('that are done are not done again, unless something that they read has changed', () => {
    const of = (name: string) => join(folder, `again/${name}`)
    mkdirSync(of('traces'), { recursive: true })
    writeFileSync(of('traces/kernel-1.traceg.xz'), 'trace')
    writeFileSync(of('g.config'), '-a 1')
    const script = (word: string) => {
      writeFileSync(of('sim'), `#!/bin/sh\necho ${word} >>${of('runs')}\necho "$SAYS"\n`)
      chmodSync(of('sim'), 0o755)
    }
    script('run')
    const run = (SAYS: string, more = {}) => {
      const [point] = accelSimPoints({
        ...{ simulator: of('sim'), traces: of('traces'), files: ['kernel-1.traceg.xz'] },
        ...{ configs: [of('g.config')], output: of('out'), ...more },
      })
      const env = { ...process.env, SAYS }
      return spawnSync(point!.command[0]!, point!.command.slice(1), { env }).status
    }
    const runs = () => readFileSync(of('runs'), 'utf8').trim().split('\n').length
    const done = 'GPGPU-Sim: *** exit detected ***'
    const states: [status: number | null, runs: number][] = []
    const note = (status: number | null) => states.push([status, runs()])
    note(run('it crashed'))
    note(run(done))
    note(run(done))
    writeFileSync(of('g.config'), '-a 2')
    note(run(done))
    writeFileSync(of('traces/kernel-1.traceg.xz'), 'another')
    note(run(done))
    script('other')
    note(run(done))
    note(run(done, { repeat: 2 }))
    note(run(done, { repeat: 2 }))
    expect(states).toEqual([
      [1, 1],
      [0, 2],
      [0, 2],
      [0, 3],
      [0, 4],
      [0, 5],
      [0, 6],
      [0, 6],
    ])
  })

  it('refuse paths and options that a shell would take apart', () => {
    expect(() => accelSimPoints(options({ traces: '/my traces' }))).toThrow(/takes this one apart/)
    expect(() => accelSimPoints(options({ files: ['kernel-1;rm'] }))).toThrow(
      /takes this one apart/,
    )
    expect(() => accelSimPoints(options({ settings: { a: ['1', '1'] } }))).toThrow(
      'two combinations of settings are a=1',
    )
    expect(() => accelSimPoints(options({ settings: { 'a b': ['1'] } }))).toThrow(/not an option/)
  })
})

describe('a list of kernels', () => {
  it('is its lines that begin with kernel', () => {
    expect(
      kernelsOfList(
        'MemcpyHtoD,0x00,131072\r\nkernel-1.traceg.xz\r\n# x\nkernel-12-ctx_0x1.tracez\n',
      ),
    ).toEqual(['kernel-1.traceg.xz', 'kernel-12-ctx_0x1.tracez'])
    expect(['kernel-7.traceg', 'a/kernel-12-ctx_0x1f1.tracez', 'x'].map(launchOfFile)).toEqual([
      7,
      12,
      null,
    ])
  })
})
