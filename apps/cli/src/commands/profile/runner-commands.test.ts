// bench, profile and jobs as users call them, against the stand-in engine of profiler-runner.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { parse, stringify } from 'yaml'
import { startStandIn } from '../../../../../packages/profiler-runner/src/testing/stand-in.js'
import { flowsim as program } from '../../testing/flowsim.js'
import { testFolder, writeSettings } from '../../testing/folder.js'
import { addBench } from '../bench/flags.js'
import { addJobs } from '../jobs/flags.js'
import { addProfile } from './flags.js'

const standIn = fileURLToPath(
  new URL('../../../../../packages/profiler-runner/fixtures/stand-in-engine.mjs', import.meta.url),
)
const folder = testFolder()
beforeEach(() => {
  vi.stubEnv('FLOWSIM_JOBS_FOLDER', join(folder, 'jobs'))
})

/** Runs a command; the answer is what it printed. */
async function flowsim(...args: string[]): Promise<string> {
  const program = new Command('flowsim').exitOverride()
  for (const add of [addBench, addProfile, addJobs]) add(program)
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr() {} })
  let printed = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
  const silent = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    await program.parseAsync(args, { from: 'user' })
  } finally {
    write.mockRestore()
    silent.mockRestore()
  }
  return printed
}

describe('flowsim bench', () => {
  it('measures a server and writes the metrics of the testbed', async () => {
    const engine = await startStandIn('--engine', 'vllm')
    try {
      const out = join(folder, 'load')
      const json = await flowsim(
        ...['bench', '--url', engine.url, '--num-requests', '8', '--isl', '0.008k:16'],
        ...['--osl', '4', '--arrival', 'poisson', '--rate', '200', '--goodput', 'ttft=5'],
        ...['-o', out, '--json'],
      )
      expect(JSON.parse(json)).toMatchObject({
        schema: 'flowsim.load-report/1',
        failed: 0,
        report: { outputTokens: 32, goodput: { attainment: 1 } },
      })
      expect(readdirSync(out).sort()).toEqual([
        'load.json',
        'request_metrics.csv',
        'token_metrics.csv',
      ])
      const table = await flowsim('bench', '--url', engine.url, '--num-requests', '4')
      expect(table).toMatch(/4 requests in .*\n.*requests\/s/)
      expect(table).toMatch(/TTFT .*ms/)
    } finally {
      await engine.stop()
    }
  })

  it.each([
    ['a closed loop', ['--max-concurrency', '4']],
    ['arrivals by the clock', ['--arrival', 'poisson', '--rate', '100']],
  ])('makes a measured run that compare takes, from %s', async (_, how) => {
    const engine = await startStandIn('--engine', 'sglang')
    try {
      const out = join(folder, 'load')
      const sizes = ['--num-requests', '12', '--isl', '20:60', '--osl', '4:8']
      await flowsim(
        'bench',
        '--url',
        engine.url,
        '--protocol',
        'sglang',
        ...sizes,
        ...how,
        '-o',
        out,
      )
    } finally {
      await engine.stop()
    }
    const config = join(folder, 'compare.yaml')
    const run = {
      name: 'flowsim',
      stepTime: {
        type: 'model',
        model: 'llama-3.1-8b',
        hardware: 'h100_sxm',
        latencyModel: 'roofline',
      },
      kv: { blocks: 1000, blockSize: 16 },
    }
    const measured = { requests: 'load/request_metrics.csv', tokens: 'load/token_metrics.csv' }
    writeFileSync(config, stringify({ seed: 1, measured, runs: [run] }))
    const { code, out, err } = await program('compare', config, '--json')
    expect(code, err).toBe(0)
    expect(out).toMatch(/ttft/i)
  })

  it('says what is used wrongly', async () => {
    const url = ['bench', '--url', 'http://127.0.0.1:1']
    await expect(flowsim(...url, '--arrival', 'poisson')).rejects.toThrow(/needs --rate/)
    await expect(flowsim(...url, '--isl', '9:3')).rejects.toThrow(/write a length/)
    await expect(flowsim(...url, '--goodput', 'fast=1')).rejects.toThrow(/write ttft=S/)
    await expect(flowsim(...url, '--num-requests', '2')).rejects.toThrow(
      /no request was answered: connection refused/,
    )
  })
})

describe('flowsim profile', () => {
  const engine = ['--engine', 'sglang', '--server-command', `${process.execPath} ${standIn}`]

  it('captures both passes of a sweep and merges the shapes into the timing pass', async () => {
    const out = join(folder, 'run')
    const json = await flowsim(
      ...['profile', ...engine, '--server-opts', '--model-path "some model"'],
      ...[
        '--sweep',
        '2:32:0',
        '--passes',
        'timing,shapes',
        '--num-steps',
        '2',
        '-o',
        out,
        '--json',
      ],
    )
    const record = JSON.parse(json) as {
      status: string
      merged: {
        path: string
        graphs: { replays: number; withShapes: number } | null
        report: { timeShare: number; missing: number; ordered: number }
      }[]
    }
    expect(record.status).toBe('ok')
    expect(record.merged.map(({ path }) => path)).toEqual([
      'merged/bs2_input32_ctx0-TP-0-decode.trace.json.gz',
      'merged/bs2_input32_ctx0-TP-0-prefill.trace.json.gz',
    ])
    for (const { path, report } of record.merged) {
      expect(existsSync(join(out, path))).toBe(true)
      expect(report).toMatchObject({ timeShare: 1, missing: 0 })
    }
    // Decode ran as a CUDA graph, told kernel by kernel; prefill's shapes come by name and order.
    const [decode, prefill] = record.merged
    expect(decode!.graphs!.replays).toBeGreaterThan(0)
    expect(decode!.graphs!.withShapes).toBe(6 * decode!.graphs!.replays)
    expect(decode!.report.ordered).toBe(0)
    expect(prefill!.graphs!.replays).toBe(0)
    expect(prefill!.report.ordered).toBeGreaterThan(0)
    expect(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'))).toMatchObject({ status: 'ok' })
  }, 60_000)

  it('captures under the load that --bench-opts describes', async () => {
    const out = join(folder, 'run')
    const load = '--num-requests 12 --isl 16 --osl 6 --max-concurrency 4'
    await flowsim('profile', ...engine, '--bench-opts', load, '-o', out)
    expect(readFileSync(join(out, 'request_metrics.csv'), 'utf8').split('\n')).toHaveLength(14)
  }, 60_000)

  it('takes the engine from the configuration, and says what is wrong with it', async () => {
    writeSettings(folder, 'profile:\n  engine: tgi\n')
    await expect(flowsim('profile', '--sweep', '1:8:0', '-o', folder)).rejects.toThrow(
      /profile\.engine: "tgi" is not one of/,
    )
    await expect(flowsim('profile', ...engine, '--sweep', 'x', '-o', folder)).rejects.toThrow(
      /not a sweep point: "x"/,
    )
  })
})

describe('flowsim profile --nccl', () => {
  // Prints what all_reduce_perf and sendrecv_perf of nccl-tests print.
  const binary = (name: string, type: string) =>
    writeFileSync(
      join(folder, name),
      `#!/bin/sh
echo '# nccl-tests version 2.17.1 nccl-headers=22703 nccl-library=22703'
echo '#  Rank  0 Group  0 Pid   1 on  node device  0 [0000:1b:00] NVIDIA H100 80GB HBM3'
echo '  1048576   262144  ${type}  sum  -1  31.5  33.3  33.3  0  30.9  33.9  33.9  0'
echo '  2097152   524288  ${type}  sum  -1  40.5  51.8  51.8  0  40.1  52.3  52.3  0'
`,
      { mode: 0o755 },
    )

  it('writes rows that the measured model answers from', async () => {
    binary('all_reduce_perf', 'float')
    binary('sendrecv_perf', 'float')
    vi.stubEnv('XDG_CACHE_HOME', folder)
    const out = join(folder, 'nccl')
    await flowsim(
      ...['profile', '--nccl', 'all_reduce,send_recv', '--nccl-tests', folder, '-o', out],
      ...['--nccl-gpus', '8', '--nccl-dtype', 'float', '--nccl-sizes', '1048576:2097152'],
    )
    const csv = join(out, 'nccl.csv')
    expect(readFileSync(csv, 'utf8')).toMatch(
      /^gpu,framework,version,op,dtype,num_gpus,message_elements,message_bytes,latency_us\nNVIDIA H100 80GB HBM3,nccl,2\.27\.3,all_reduce,float32,8,262144,1048576,31\.5\n/,
    )
    const evaluated = await program(
      'evaluate',
      csv,
      '--op',
      'nccl',
      '--model',
      'roofline',
      '--json',
    )
    expect(JSON.parse(evaluated.out)).toMatchObject({ overall: { count: 4, answered: 4 } })
    const call = ['--set', 'elements=262144', '--set', 'devices=8', '--dtype', 'fp32']
    const answer = await program(
      ...['estimate', 'all_reduce', '--hardware', 'h100_sxm', '--model', 'measured', ...call],
      ...['--measurements', `nccl=${csv}`, '--json'],
    )
    expect(answer.err).toBe('')
    expect(JSON.parse(answer.out)).toMatchObject({ model: 'measured', latencyS: 31.5e-6 })
  })
})

describe('flowsim jobs', () => {
  it('runs a grid, shows how it stands, and gathers the results', async () => {
    const id = (
      await flowsim(
        ...['jobs', 'submit', '--on', 'local', '--name', 'grid', '--parallel', '2'],
        ...[
          '--grid',
          'a=1,2',
          '--grid',
          'b=x,y',
          '--',
          'sh',
          '-c',
          'echo "{\\"v\\": \\"{a}{b}\\"}"',
        ],
      )
    ).trim()
    let status = { state: '', points: [] as { name: string }[] }
    while (status.state !== 'succeeded') {
      status = JSON.parse(await flowsim('jobs', 'status', id, '--json'))
      expect(status.state).not.toBe('failed')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(status.points.map(({ name }) => name)).toEqual([
      'a=1 b=x',
      'a=1 b=y',
      'a=2 b=x',
      'a=2 b=y',
    ])
    expect(await flowsim('jobs', 'results', id)).toBe(
      'index,name,state,exit_code,attempts,error,v\n' +
        '0,a=1 b=x,succeeded,0,1,,1x\n1,a=1 b=y,succeeded,0,1,,1y\n' +
        '2,a=2 b=x,succeeded,0,1,,2x\n3,a=2 b=y,succeeded,0,1,,2y\n',
    )
    expect(await flowsim('jobs', 'list')).toMatch(new RegExp(`^${id} +local +succeeded +4/4`))
    expect(await flowsim('jobs', 'logs', id, '--point', '3')).toMatch(/"v": "2y"/)
  })

  it('prints what it would submit, from a file with options over it', async () => {
    const file = join(folder, 'job.yaml')
    writeFileSync(
      file,
      'name: probe\nimage: some/image\npoints:\n  - { name: p, command: [run, it] }\nresources: { gpus: 1 }\n',
    )
    const manifest = await flowsim(
      ...['jobs', 'submit', '--on', 'kubernetes', '--file', file, '--gpus', '4', '--dry-run'],
      ...['--namespace', 'team', '--mount', 'pvc=models:/models:ro', '--node-selector', 'gpu=h100'],
    )
    expect(parse(manifest)).toMatchObject({
      metadata: { namespace: 'team' },
      spec: {
        template: {
          spec: {
            nodeSelector: { gpu: 'h100' },
            containers: [{ image: 'some/image', resources: { limits: { 'nvidia.com/gpu': '4' } } }],
          },
        },
      },
    })
    writeSettings(folder, 'jobs:\n  backend: slurm\n  slurm:\n    partition: gpu\n')
    expect(await flowsim('jobs', 'submit', '--dry-run', '--', 'true')).toMatch(
      /#SBATCH --partition=gpu\n/,
    )
    expect(existsSync(join(folder, 'jobs'))).toBe(false)
  })

  it('says what is used wrongly', async () => {
    await expect(flowsim('jobs', 'submit')).rejects.toThrow(/no command: write it after --/)
    await expect(flowsim('jobs', 'submit', '--grid', 'x', '--', 'a')).rejects.toThrow(/NAME=A,B/)
    await expect(flowsim('jobs', 'status', 'nope')).rejects.toThrow(/no job nope/)
  })
})
