import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackendName } from '../backends/index.js'
import { describeWithSlurm, stopSlurm } from '../testing/slurm.js'
import { sleep } from '../wait.js'
import { type JobStatus, Jobs } from './jobs.js'
import { resultsCsv } from './results.js'

let root: string
let jobs: Jobs
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'flowsim-jobs-'))
  jobs = new Jobs(root)
})
afterAll(() => {
  stopSlurm()
  rmSync(root, { recursive: true })
})

const sh = (script: string) => ['sh', '-c', script]

async function until(
  id: string,
  reached: (status: JobStatus) => boolean,
  each?: (status: JobStatus) => void,
): Promise<JobStatus> {
  for (let round = 0; round < 400; round++) {
    const status = await jobs.status(id)
    if (reached(status)) return status
    each?.(status)
    await sleep(100)
  }
  throw new Error(`never reached: ${JSON.stringify(await jobs.status(id))}`)
}
function isAlive(pid: number): boolean {
  try {
    // "pid (name) state …"; Z has ended and nobody has asked for its exit code.
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
const over = ({ state }: JobStatus) => ['succeeded', 'failed', 'cancelled'].includes(state)

/** What every back end must do. */
function behaves(
  backend: BackendName,
  more: { image?: string } = {},
  hurry: (status: JobStatus) => void = () => {},
): void {
  it('runs all points and gathers their results into one table', async () => {
    const job = await jobs.submit(backend, {
      name: 'sweep',
      ...more,
      parallelism: 2,
      env: { GREETING: "it's $HOME" },
      points: [1, 2, 3].map((n) => ({
        name: `n=${n}`,
        command: sh(
          `echo working on ${n} >&2; echo "{\\"n\\": ${n}, \\"deep\\": {\\"s\\": \\"$GREETING\\"}}"`,
        ),
      })),
    })
    const status = await until(job.id, over, hurry)
    expect(status.state).toBe('succeeded')
    expect(await jobs.logs(job.id, 1)).toMatch(/working on 2\n/)
    expect(resultsCsv(await jobs.results(job.id))).toBe(
      [
        'index,name,state,exit_code,attempts,error,n,deep.s',
        "0,n=1,succeeded,0,1,,1,it's $HOME",
        "1,n=2,succeeded,0,1,,2,it's $HOME",
        "2,n=3,succeeded,0,1,,3,it's $HOME",
        '',
      ].join('\n'),
    )
  })

  it('runs a failed point again, and reports those that stay failed', async () => {
    const job = await jobs.submit(backend, {
      name: 'retry',
      ...more,
      retries: 1,
      points: [
        {
          name: 'second time lucky',
          command: sh(
            '[ -e "$FLOWSIM_JOB_DIR/mark" ] && echo 7; touch "$FLOWSIM_JOB_DIR/mark"; [ "$(wc -l <"$FLOWSIM_JOB_DIR/points/0/attempts")" = 1 ]',
          ),
        },
        { name: 'never', command: sh('echo "out of memory" >&2; exit 9') },
      ],
    })
    const status = await until(job.id, over, hurry)
    expect(status.state).toBe('failed')
    const results = await jobs.results(job.id)
    expect(results[0]).toMatchObject({ state: 'succeeded', attempts: 2, result: 7 })
    expect(results[1]).toMatchObject({
      state: 'failed',
      attempts: 2,
      exitCode: 9,
      error: 'out of memory',
    })
  }, 120_000)

  it('stops a job', async () => {
    const pidFile = join(root, `${backend}-pid`)
    const job = await jobs.submit(backend, {
      name: 'long',
      ...more,
      points: [{ name: 'p', command: sh(`echo $$ >${pidFile}; exec sleep 300`) }],
    })
    const hasPid = () => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== ''
    await until(job.id, ({ state }) => state === 'running' && hasPid())
    await jobs.cancel(job.id)
    expect((await until(job.id, over)).state).toBe('cancelled')
    const pid = Number(readFileSync(pidFile, 'utf8'))
    while (isAlive(pid)) await sleep(50)
  })
}

describe('jobs on this machine', () => {
  behaves('local')

  it('lists jobs, newest first', async () => {
    const list = await jobs.list()
    expect(list.length).toBeGreaterThanOrEqual(3)
    const times = list.map(({ submittedAt }) => submittedAt)
    expect(times).toEqual([...times].sort().reverse())
  })

  it('tells a point that was killed from one that runs', async () => {
    const job = await jobs.submit('local', {
      name: 'killed',
      points: [{ name: 'p', command: ['sleep', '60'] }],
    })
    await until(job.id, ({ state }) => state === 'running')
    process.kill(-Number.parseInt(job.backendId, 10), 'SIGKILL')
    const { points } = await until(job.id, over)
    expect(points[0]).toMatchObject({ state: 'failed', reason: 'ended without an exit code' })
  })
})

describe('jobs in Docker, with a stand-in for docker', () => {
  let state: string
  const path = process.env.PATH!
  beforeAll(() => {
    state = mkdtempSync(join(tmpdir(), 'flowsim-docker-'))
    process.env.FAKE_DOCKER = state
    const bin = fileURLToPath(new URL('../../fixtures/bin', import.meta.url))
    process.env.PATH = bin + delimiter + path
  })
  afterAll(() => {
    process.env.PATH = path
    rmSync(state, { recursive: true })
  })

  behaves('docker', { image: 'any/image' })

  it('starts one container with the resources, mounts and shared memory asked for', async () => {
    const job = await jobs.submit('docker', {
      name: 'args',
      image: 'lmsysorg/sglang:latest',
      workdir: '/work',
      resources: { gpus: 2, cpus: 8, memoryMiB: 65536, sharedMemoryMiB: 16384 },
      mounts: [{ source: { folder: '/models' }, path: '/models', readOnly: true }],
      points: [{ name: 'p', command: ['true'] }],
    })
    const args = readFileSync(join(state, `${job.backendId}.args`), 'utf8')
      .trim()
      .split('\n')
    expect(args).toEqual([
      '--detach',
      '--init',
      ...['--name', `flowsim-${job.id}`, '--label', `flowsim.job=${job.id}`],
      ...['--gpus', '2', '--cpus', '8', '--memory', '65536m', '--shm-size', '16384m'],
      ...['--ulimit', 'memlock=-1', '--ipc', 'private'],
      ...['--mount', `type=bind,source=${job.dir},target=${job.dir}`],
      ...['--mount', 'type=bind,source=/models,target=/models,readonly'],
      ...['--workdir', '/work', '--entrypoint', 'sh'],
      'lmsysorg/sglang:latest',
      join(job.dir, 'all.sh'),
    ])
    expect(jobs.render('docker', { ...job.spec, name: 'args' })).toMatch(
      /^docker run --detach .* lmsysorg\/sglang:latest \S+all\.sh\n$/,
    )
  })

  it('keeps the results of a container that was removed', async () => {
    const job = await jobs.submit('docker', {
      name: 'gone',
      image: 'i',
      points: [{ name: 'p', command: ['echo', '5'] }],
    })
    await until(job.id, over)
    for (const file of readdirSync(state)) {
      if (file.startsWith(job.backendId)) rmSync(join(state, file))
    }
    expect((await jobs.results(job.id))[0]).toMatchObject({ state: 'succeeded', result: 5 })
  })
})

describeWithSlurm('jobs on a real Slurm', () => {
  // A task that was put back becomes eligible after two minutes; tests do not wait for that.
  behaves('slurm', {}, ({ points, backendId }) => {
    for (const { index, state, reason } of points) {
      if (state !== 'pending' || reason !== 'BeginTime') continue
      const task = `JobId=${backendId}_${index}`
      execFileSync('scontrol', ['update', task, 'StartTime=now'], { stdio: 'ignore' })
    }
  })

  it('submits an array with the resources asked for', async () => {
    const job = await jobs.submit('slurm', {
      name: 'gpus',
      parallelism: 1,
      resources: { gpus: 2, cpus: 2, memoryMiB: 512, minutes: 5 },
      slurm: { partition: 'main', options: ['--nice=10'] },
      points: [0, 1].map((n) => ({
        name: `p${n}`,
        command: sh(
          'echo "{\\"gpus\\": \\"$CUDA_VISIBLE_DEVICES\\", \\"task\\": $SLURM_ARRAY_TASK_ID}"',
        ),
      })),
    })
    const shown = execFileSync('scontrol', ['show', 'job', job.backendId], { encoding: 'utf8' })
    expect(shown).toMatch(/Nice=10/)
    expect(shown).toMatch(/TimeLimit=00:05:00/)
    expect(shown).toMatch(/ArrayTaskThrottle=1/)
    expect((await until(job.id, over)).state).toBe('succeeded')
    const results = await jobs.results(job.id)
    expect(results.map(({ result }) => result)).toEqual([
      { gpus: '0,1', task: 0 },
      { gpus: '0,1', task: 1 },
    ])
  })

  it('says why a job waits, and fails one that the cluster can never run', async () => {
    const job = await jobs.submit('slurm', {
      name: 'held',
      slurm: { options: ['--hold'] },
      points: [{ name: 'p', command: ['true'] }],
    })
    const { points, state } = await jobs.status(job.id)
    expect(state).toBe('pending')
    expect(points[0]!.reason).toBe('JobHeldUser')
    await jobs.cancel(job.id)
    const before = readdirSync(root)
    await expect(
      jobs.submit('slurm', {
        name: 'impossible',
        resources: { gpus: 64 },
        points: [{ name: 'p', command: ['true'] }],
      }),
    ).rejects.toThrow(/sbatch: .*Requested node configuration is not available/)
    await expect(
      jobs.submit('slurm', {
        name: 'long',
        points: Array.from({ length: 2000 }, (_, n) => ({ name: `p${n}`, command: ['true'] })),
      }),
    ).rejects.toThrow('long: 2000 points, and this cluster takes arrays of 1000 (MaxArraySize)')
    expect(readdirSync(root)).toEqual(before)
  })
})

describe('jobs', () => {
  it('refuse what would break out of a script or a manifest', async () => {
    const point = { name: 'p', command: ['true'] }
    const refused: [object, RegExp][] = [
      [{ name: 'Bad Name', points: [point] }, /^job: name: /],
      [{ name: 'a', points: [] }, /points/],
      [
        { name: 'a', points: [{ name: 'x\ny', command: ['true'] }] },
        /points\[0\]\.name: must be one/,
      ],
      [
        { name: 'a', points: [point], slurm: { options: ['--x\n#SBATCH --y'] } },
        /must be one line/,
      ],
      [{ name: 'a', points: [point], env: { 'A=B': '1' } }, /env/],
      [{ name: 'a', points: [point], workdir: 'relative' }, /absolute path/],
    ]
    for (const [spec, message] of refused) {
      await expect(jobs.submit('local', spec as never), String(message)).rejects.toThrow(message)
    }
  })

  it('pass every argument on unchanged', async () => {
    const words = ["it's", '$HOME `id` $(id)', 'a\nb', '*', '"', '\\', '']
    const job = await jobs.submit('local', {
      name: 'words',
      points: [
        {
          name: 'p',
          command: [
            'node',
            '-e',
            'console.log(JSON.stringify(process.argv.slice(1)))',
            '--',
            ...words,
          ],
        },
      ],
    })
    await until(job.id, over)
    expect((await jobs.results(job.id))[0]!.result).toEqual(words)
  })

  it('put results of whatever form into one table', () => {
    const point = (index: number, result: unknown) => ({
      ...{ index, name: `p${index}`, state: 'succeeded', exitCode: 0, attempts: 1, error: null },
      result,
    })
    const points = [
      point(0, { rows: [{ report: { ttft: { p50S: 0.5 } }, met: true }], outputs: ['a', 'b'] }),
      point(1, 7),
      point(2, { rows: [{ error: 'out of memory, "all" of it' }] }),
    ] as Parameters<typeof resultsCsv>[0]
    expect(resultsCsv(points)).toBe(
      'index,name,state,exit_code,attempts,error,rows.report.ttft.p50S,rows.met,result,rows.error\n' +
        '0,p0,succeeded,0,1,,0.5,true,,\n1,p1,succeeded,0,1,,,,7,\n' +
        '2,p2,succeeded,0,1,,,,,"out of memory, ""all"" of it"\n',
    )
  })

  it('say that there is no such job or point', async () => {
    await expect(jobs.status('none')).rejects.toThrow(/no job none in/)
    await expect(jobs.status('../../etc')).rejects.toThrow(/no job/)
    const [{ id }] = (await jobs.list()) as [JobStatus]
    await expect(jobs.logs(id, 99)).rejects.toThrow(/has points 0 to \d+, not 99/)
  })
})
