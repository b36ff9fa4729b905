import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAccelSimLog } from '../packages/external/src/index.js'

const HERE = 'examples/external'

describe('examples/external', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'flowsim-examples-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('is what its script makes, byte for byte', () => {
    const { status, stderr } = spawnSync(process.execPath, [`${HERE}/make.mjs`, folder], {
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
    const made = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    expect(made).toContain('sass-traces/stats.csv')
    expect(made.length).toBeGreaterThan(15)
    for (const path of made) {
      expect(readFileSync(join(HERE, path), 'utf8'), path).toBe(
        readFileSync(join(folder, path), 'utf8'),
      )
    }
  })

  const simulate = (list: string, ...more: string[]) => {
    const configs = ['-config', `${HERE}/gpgpusim.config`, '-config', `${HERE}/trace.config`]
    const words = [`${HERE}/simulators/accel-sim.mjs`, '-trace', list, ...configs, ...more]
    return spawnSync(process.execPath, words, { encoding: 'utf8' })
  }
  const failureOf = async ({ stdout, stderr, status }: ReturnType<typeof simulate>) => {
    const log = await readAccelSimLog([stdout], {
      ...{ source: 'log', stderr, exitCode: status ?? undefined },
    })
    return [status, log.failure?.code, log.kernels.length]
  }

  it('has a stand-in for Accel-Sim that fails as the real one does', async () => {
    const list = join(folder, 'kernelslist.g')
    const trace = readFileSync(`${HERE}/sass-traces/kernel-49.traceg`, 'utf8')
    writeFileSync(join(folder, 'kernel-1.traceg'), trace)
    writeFileSync(join(folder, 'kernel-2.traceg'), trace.replace('version = 90', 'version = 120'))
    const listed = (...files: string[]) => {
      writeFileSync(list, `${files.join('\n')}\n`)
      return list
    }
    expect(await failureOf(simulate(listed('kernel-1.traceg')))).toEqual([0, undefined, 1])
    expect(await failureOf(simulate(listed('kernel-1.traceg', 'kernel-2.traceg')))).toEqual([
      ...[0, 'unsupported_binary', 1],
    ])
    expect(await failureOf(simulate(listed('kernel-3.traceg')))).toEqual([0, 'trace_missing', 0])
    expect(await failureOf(simulate(join(folder, 'none.g')))).toEqual([1, 'no_kernel_list', 0])
    expect(await failureOf(simulate(list, '-config', join(folder, 'none.config')))).toEqual([
      ...[1, 'config_error', 0],
    ])
  })
})
