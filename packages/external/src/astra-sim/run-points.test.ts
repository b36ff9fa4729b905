import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { astraSimPoints, workloadsOf } from './run-points.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flowsim astra-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A simulator that prints what it was given and ends as told. */
function simulator(script: string): string {
  const path = join(folder, 'sim')
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return path
}
const configs = { system: '/c/sys.json', network: '/c/net.yml', 'remote-memory': '/c/mem.json' }
const point = (script: string) =>
  astraSimPoints({
    ...{ simulator: simulator(script), folder: '/w', workloads: ['a b'], configs },
    output: join(folder, 'out'),
  })[0]!

describe('jobs of ASTRA-sim', () => {
  it('run a workload in its folder with every file of the configuration', () => {
    const { name, command } = point('echo "$@"; echo "sys[0] finished, 1 cycles"')
    expect(name).toBe('a b')
    execFileSync(command[0]!, command.slice(1))
    const log = readFileSync(join(folder, 'out', name, 'stdout.log'), 'utf8')
    expect(log.split('\n')[0]).toBe(
      '--workload-configuration=/w/a b --system-configuration=/c/sys.json --network-configuration=/c/net.yml --remote-memory-configuration=/c/mem.json --logging-folder=log',
    )
    expect(readFileSync(join(folder, 'out', name, 'exit-code'), 'utf8')).toBe('0\n')
  })

  it('fail where it ends with another code, or without an NPU that finished', () => {
    for (const script of ['echo "sys[0] finished, 1 cycles"; exit 3', 'echo nothing']) {
      const { command } = point(script)
      expect(spawnSync(command[0]!, command.slice(1)).status).not.toBe(0)
    }
  })

  it('that are done are not done again, unless something that they read has changed', () => {
    const at = (name: string) => join(folder, name)
    const [runs, work, system] = [at('runs'), at('a b.0.et'), at('sys.json')]
    for (const file of [work, system]) writeFileSync(file, 'one')
    const simulated = simulator(`echo >>'${runs}'; echo "sys[0] finished, 1 cycles"`)
    const run = () => {
      const [one] = astraSimPoints({
        ...{ simulator: simulated, folder, workloads: ['a b'], output: join(folder, 'out') },
        configs: { ...configs, system },
      })
      execFileSync(one!.command[0]!, one!.command.slice(1))
      return readFileSync(runs, 'utf8').length
    }
    expect([run(), run()]).toEqual([1, 1])
    writeFileSync(work, 'two')
    expect([run(), run()]).toEqual([2, 2])
    writeFileSync(system, 'two')
    expect([run(), run()]).toEqual([3, 3])
  })

  it('need three files of a configuration', () => {
    const { network: _, ...others } = configs
    const options = { simulator: 's', folder: '/w', workloads: ['a'], output: '/o' }
    expect(() => astraSimPoints({ ...options, configs: others })).toThrow(
      'give --config network=FILE',
    )
  })

  it('are those of the first files of ranks', () => {
    expect(workloadsOf(['b.0.et', 'b.1.et', 'a.0.et', 'groups.json', 'c.1.et', '.0.et'])).toEqual([
      'a',
      'b',
    ])
  })
})
