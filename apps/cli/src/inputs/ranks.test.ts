// Ranks by flag, and traces that are given together though they are not ranks of one job.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EVENTS, H100 } from '../testing/events.js'
import { flowsim } from '../testing/flowsim.js'
import { testFolder } from '../testing/folder.js'

const folder = testFolder()
const at = (name: string) => join(folder, name)

function write(name: string, device = 'NVIDIA H100 80GB HBM3'): string {
  const deviceProperties = [{ id: 0, name: device }]
  writeFileSync(at(name), JSON.stringify({ ...H100, deviceProperties, traceEvents: EVENTS }))
  return at(name)
}

describe('--rank', () => {
  it('is the rank of the trace in the summary of parse, and one for each trace', async () => {
    const one = await flowsim('parse', write('a.json'), '--rank', '3', '-o', at('out'), '--json')
    expect(JSON.parse(one.out)).toMatchObject({ rank: 3 })
    const two = [write('a.json'), write('b.json'), '-o', at('two'), '--json']
    const { out } = await flowsim('parse', ...two, '--ranks', '5,4')
    expect(JSON.parse(out)).toMatchObject({ traces: [{ rank: 5 }, { rank: 4 }] })
    const wrong = await flowsim('parse', ...two, '--rank', '1')
    expect(wrong).toMatchObject({ code: 2, out: '' })
    expect(wrong.err).toMatch(/1 ranks for 2 traces/)
  })

  it.each(['-1', '1.5', 'x', '1,,2'])('%s is not a rank', async (rank) => {
    expect((await flowsim('analyze', write('a.json'), `--rank=${rank}`)).code).toBe(2)
  })
})

describe('traces of two devices', () => {
  const two = () => [write('a.json'), write('b.json', 'NVIDIA B200')]

  it('are analysed and reported each by itself, with a warning', async () => {
    const { code, out, err } = await flowsim('analyze', ...two(), '--json')
    expect(code).toBe(0)
    expect(err).toMatch(
      /not taken for ranks of one job, since .*a\.json ran on NVIDIA H100.*, .*b\.json on NVIDIA B200; .*--rank/,
    )
    expect(JSON.parse(out)).toMatchObject({ job: null, traces: [{}, {}] })
    const run = await flowsim('run', ...two(), '-o', at('run'))
    expect(run.code).toBe(0)
    expect(run.err).toContain('not taken for ranks of one job')
    expect(readFileSync(at('run/a.report.html'), 'utf8')).not.toContain('"ranks":{')
  })

  it('are ranks of one job where the user says so, and the doubt is said', async () => {
    const { out, err } = await flowsim('analyze', ...two(), '--rank', '0,1', '--json')
    expect(err).toContain('taken for ranks of one job as --rank says, but')
    expect(JSON.parse(out)).toMatchObject({ job: { ranks: [0, 1] } })
  })

  it.each([
    ['replay', 'replay each by itself'],
    ['merge', 'open them one by one'],
  ])('%s refuses them in one line', async (command, instead) => {
    const { code, err } = await flowsim(command, ...two(), '-o', at('none'))
    expect(code).toBe(1)
    expect(err.trim().split('\n')).toHaveLength(1)
    expect(err).toContain(`not ranks of one job: `)
    expect(err).toContain(instead)
    expect(readdirSync(folder)).not.toContain('none')
  })
})

describe('a trace that lost kernels', () => {
  it('is said to be incomplete, and its idle time has no cause', async () => {
    const launches = Array.from({ length: 10 }, (_, i) => [
      {
        ...{ ph: 'X', cat: 'cuda_runtime', name: 'cudaLaunchKernel', pid: 1, tid: 1 },
        ...{ ts: 100 * i, dur: 5, args: { correlation: i + 1 } },
      },
      {
        ...{ ph: 'X', cat: 'kernel', name: 'k', pid: 0, tid: 7, ts: 100 * i + 10, dur: 20 },
        args: { device: 0, stream: 7, correlation: i + 1 },
      },
    ]).flat()
    const traceEvents = launches.filter((_, i) => i % 2 === 0 || i > 9)
    writeFileSync(at('half.json'), JSON.stringify({ ...H100, traceEvents }))
    const { out } = await flowsim('analyze', at('half.json'))
    expect(out).toContain('5 of 10 launches have no kernel: the trace is incomplete')
    expect(out).toMatch(/idle: waiting for the host +0\.0 %/)
    expect(out).not.toContain('The GPU waits for the host')
  })
})
