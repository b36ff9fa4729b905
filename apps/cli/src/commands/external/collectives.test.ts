// From a network of ASTRA-sim to times that predictions take, with a program in its place.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { decodeChakra } from '../../../../../packages/parser/src/testing/chakra.js'
import { flowsim } from '../../testing/flowsim.js'
import { testFolder } from '../../testing/folder.js'

const folder = testFolder()
const at = (name: string) => join(folder, name)

/** Takes a nanosecond a byte and a thousand more, and forgets the last NPU of messages of 4096 bytes. */
const SIMULATOR = `#!/bin/sh
name=\${1##*/}
rest=\${name#*-}
npus=\${rest%-*}
bytes=\${rest#*-}
[ "$bytes" = 4096 ] && npus=$((npus - 1))
i=0
while [ "$i" -lt "$npus" ]; do
  echo "[workload] [info] sys[$i] finished, $((1000 + bytes)) cycles, exposed communication $((1000 + bytes)) cycles."
  i=$((i + 1))
done
`
const DEMO = fileURLToPath(
  new URL(
    '../../../../../examples/demo/llama-3.1-8b-4layers.tp2.rank0.trace.json.gz',
    import.meta.url,
  ),
)
const ASTRA = ['--simulator', 'astra-sim']
const CONFIGS = ['system', 'network', 'remote-memory'].flatMap((name) => ['--config', `${name}=x`])

const plan = (...args: string[]) =>
  flowsim(
    ...['external', 'plan', ...ASTRA, '--npus', '4', '--ops', 'all_reduce,all_gather'],
    ...['--sizes', '1024:2048', '-o', at('work'), ...args],
  )
const run = (...args: string[]) =>
  flowsim(
    ...['external', 'run', at('work'), ...ASTRA, ...CONFIGS, '-o', at('sim')],
    ...['--binary', at('astra'), ...args],
  )

beforeEach(() => {
  writeFileSync(at('astra'), SIMULATOR)
  chmodSync(at('astra'), 0o755)
  vi.stubEnv('XDG_STATE_HOME', at('state'))
})

async function simulate(sizes = '1024:2048', state = 'succeeded'): Promise<void> {
  expect((await plan('--sizes', sizes)).code).toBe(0)
  const { id } = JSON.parse((await run('--json')).out)
  await vi.waitFor(
    async () => {
      const { out } = await flowsim('jobs', 'status', id, '--json')
      expect(JSON.parse(out)).toMatchObject({ state })
    },
    { timeout: 20_000, interval: 200 },
  )
}

describe('times of a network by ASTRA-sim', () => {
  it('come from workloads of one collective, and are taken before the model', async () => {
    await simulate()
    expect(readdirSync(at('work'))).toHaveLength(2 * 2 * 4)
    const { nodes } = decodeChakra(readFileSync(at('work/all_gather-4-2048.3.et')))
    expect(nodes).toMatchObject([{ type: 7, attr: { comm_type: 2, comm_size: 512 } }])

    const collected = await flowsim('external', 'collect', at('sim'), ...ASTRA, '-o', at('times'))
    expect(collected).toMatchObject({ code: 0, err: '' })
    expect(readFileSync(at('times/collectives.csv'), 'utf8')).toBe(
      `framework,op,dtype,num_gpus,message_elements,message_bytes,latency_us
astra-sim,all_gather,int8,4,1024,1024,2.024
astra-sim,all_gather,int8,4,2048,2048,3.048
astra-sim,all_reduce,int8,4,1024,1024,2.024
astra-sim,all_reduce,int8,4,2048,2048,3.048
`,
    )
    const estimate = (devices: number) =>
      flowsim(
        ...['estimate', 'all_reduce', '--hardware', 'h100_sxm', '--dtype', 'bf16', '--json'],
        ...['--set', 'elements=768', '--set', `devices=${devices}`],
        ...['--collectives', at('times/collectives.csv')],
      )
    const known = JSON.parse((await estimate(4)).out)
    expect(known.latencyS).toBeCloseTo(2.536e-6, 12)
    expect(known).toMatchObject({ model: 'collectives', bound: 'network' })
    expect(JSON.parse((await estimate(2)).out).model).toBe('calibrated')
  }, 60_000)

  it('are of the last plan alone', async () => {
    expect((await plan()).code).toBe(0)
    expect((await plan('--sizes', '2048')).code).toBe(0)
    expect(readdirSync(at('work')).filter((name) => !name.includes('-2048.'))).toEqual([])
  })

  it('are what a serving simulation communicates by', async () => {
    const serve = async (collectives: string) => {
      const yaml = `workload: { type: synthetic, requests: 2, users: 1, inputTokens: 8, outputTokens: 4 }
kv: { blocks: 10000 }
stepTime: { type: model, model: llama-3.1-8b, hardware: h100_sxm, tensorParallel: 4${collectives} }
`
      writeFileSync(at('s.yaml'), yaml)
      return flowsim('serving', 'run', '--config', at('s.yaml'), '--json')
    }
    const row = (us: number) => `op,num_gpus,message_bytes,latency_us\nall_reduce,4,8192,${us}\n`
    writeFileSync(at('fast.csv'), row(1))
    writeFileSync(at('slow.csv'), row(1000))
    const runs = [await serve(', collectives: fast.csv'), await serve(', collectives: slow.csv')]
    expect(runs.map(({ err }) => err)).toEqual(['', ''])
    const [fast, slow] = runs.map(({ out }) => JSON.parse(out).tpot.meanS as number)
    // 32 layers with two all-reduces each, at the least.
    expect(slow! - fast!).toBeGreaterThan(64 * 999e-6)
    writeFileSync(at('bad.csv'), 'op,num_gpus\nall_reduce,4\n')
    expect(await serve(', collectives: bad.csv')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/s\.yaml:3:\d+: bad\.csv: row 1: column message_bytes/),
    })
  }, 60_000)

  it.each([
    ['simulate', 'h100_sxm'],
    ['simulate', 'h200_sxm'],
    ['replay', 'h100_sxm'],
    ['replay', 'h200_sxm'],
  ])('are what %s of a trace of an H100 takes on %s, as they stand', async (command, hardware) => {
    const sumNs = async (latencyUs: number) => {
      const rows = [1024, 2 ** 30].map((bytes) => `all_reduce,2,${bytes},${latencyUs}\n`).join('')
      writeFileSync(at('t.csv'), `op,num_gpus,message_bytes,latency_us\n${rows}`)
      const { code, out } = await flowsim(
        ...[
          command,
          DEMO,
          '--hardware',
          hardware,
          '--collectives',
          at('t.csv'),
          '--json',
          '-o',
          at('out'),
        ],
      )
      expect(code).toBe(0)
      const document = JSON.parse(out)
      return command === 'simulate'
        ? (document.predicted.kernelSumNs as number)
        : (document.scenarios[1].kernelSumNs as number)
    }
    // The demo has 54 all-reduces between two GPUs.
    expect((await sumNs(1100)) - (await sumNs(100))).toBeCloseTo(54e6, -2)
  })

  it('lack what did not end on all NPUs, and say so', async () => {
    await simulate('2KiB:4KiB')
    const args = ['external', 'collect', at('sim'), ...ASTRA]
    const partly = await flowsim(...args)
    expect(partly.code).toBe(1)
    expect(partly.out).toContain('all_reduce')
    expect(partly.err).toContain(
      'all_gather-4-4096: failed with exit code 0: 1 of 4 NPUs did not report',
    )
    rmSync(at('sim/all_reduce-4-2048/exit-code'))
    expect((await flowsim(...args)).err).toContain('all_reduce-4-2048: has not ended')
  }, 60_000)

  it.each<[string, string[], string]>([
    ['a plan without NPUs', ['plan', ...ASTRA, '-o', 'x'], 'needs --npus and -o'],
    [
      'sizes that are not amounts',
      ['plan', ...ASTRA, '--npus', '4', '--sizes', '1..2M', '-o', 'x'],
      'FROM:TO',
    ],
    ['a trace', ['plan', 't.json', ...ASTRA, '--npus', '4', '-o', 'x'], '--simulator accel-sim'],
    ['no trace for Accel-Sim', ['plan'], 'give the trace'],
    ['NPUs for Accel-Sim', ['plan', 't.json', '--npus', '4'], '--npus: belongs to'],
    [
      'options of Accel-Sim',
      ['run', '.', ...ASTRA, ...CONFIGS, '--repeat', '2', '-o', 'x'],
      '--repeat belong',
    ],
    [
      'a file without a name',
      ['run', 'work', ...ASTRA, '--config', 'sys.json', '-o', 'x'],
      '--config sys.json: write NAME=FILE',
    ],
    ['neither log nor folder', ['collect', ...ASTRA], 'give one log'],
  ])('refuse %s', async (_, args, why) => {
    if (args[1] === 'work') expect((await plan()).code).toBe(0)
    const given = args.map((word) => (word === 'work' ? at('work') : word === '.' ? folder : word))
    const { code, err } = await flowsim('external', ...given)
    expect([code, err]).toEqual([2, expect.stringContaining(why)])
    expect(existsSync('x')).toBe(false)
  })

  it('say how to get the program, the workloads and the runs that are absent', async () => {
    expect((await run()).err).toMatch(/work: cannot be read/)
    expect((await plan()).code).toBe(0)
    expect((await run('--binary', at('nowhere'))).err).toMatch(/not found; build ASTRA-sim/)
    const empty = await flowsim('external', 'collect', at('state'), ...ASTRA)
    expect(empty.err).toMatch(/state: (cannot be read|holds no runs of collectives)/)
  })
})
