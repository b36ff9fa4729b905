import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Job } from 'kubernetes-models/batch/v1'
import { Pod } from 'kubernetes-models/v1'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { type JobSpecInput, readJobSpec } from '../jobs/job-spec.js'
import { Jobs } from '../jobs/jobs.js'
import { seededRandom } from '../load/random.js'
import { KubernetesApi } from '../testing/kubernetes-api.js'
import { parseIndexes } from './kubernetes.js'
import { jobManifest } from './kubernetes-manifest.js'

const prepare = (spec: Partial<JobSpecInput>) => ({
  id: 'sweep-1a2b3c4d',
  dir: '/unused',
  spec: readJobSpec({
    name: 'sweep',
    image: 'lmsysorg/sglang:v0.5.6',
    points: [{ name: 'p', command: ['echo', "it's"] }],
    ...spec,
  }),
})

const FULL: Partial<JobSpecInput> = {
  points: Array.from({ length: 12 }, (_, n) => ({ name: `p${n}`, command: ['echo', String(n)] })),
  parallelism: 4,
  retries: 2,
  env: { A: '1' },
  workdir: '/work',
  resources: { gpus: 8, cpus: 32, memoryMiB: 262_144, minutes: 60, sharedMemoryMiB: 65_536 },
  mounts: [
    { source: { claim: 'models' }, path: '/models', readOnly: true },
    { source: { folder: '/data' }, path: '/data' },
  ],
  kubernetes: {
    namespace: 'team',
    serviceAccount: 'profiler',
    runtimeClass: 'nvidia',
    nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' },
    tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
    imagePullSecrets: ['registry'],
    envFromSecrets: ['hf'],
  },
}

describe('jobManifest', () => {
  it("is valid by the API's own schema, whatever is asked for", () => {
    for (const spec of [{}, FULL, { resources: { gpus: 1 } }, { retries: 0 }]) {
      // As --dry-run prints it and kubectl reads it.
      const read = parse(stringify(jobManifest(prepare(spec)))) as ConstructorParameters<
        typeof Job
      >[0]
      expect(() => new Job(read).validate()).not.toThrow()
    }
    const broken = { ...jobManifest(prepare({})), spec: { completions: 'two' } }
    expect(() => new Job(broken as never).validate()).toThrow()
  })

  it('is an Indexed Job with the resources, volumes and node asked for', () => {
    const { metadata, spec } = jobManifest(prepare(FULL))
    expect(metadata).toMatchObject({ name: 'flowsim-sweep-1a2b3c4d', namespace: 'team' })
    expect(spec).toMatchObject({
      completionMode: 'Indexed',
      completions: 12,
      parallelism: 4,
      backoffLimitPerIndex: 2,
      template: {
        spec: {
          serviceAccountName: 'profiler',
          runtimeClassName: 'nvidia',
          nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' },
          activeDeadlineSeconds: 3600,
          containers: [
            {
              resources: { limits: { 'nvidia.com/gpu': '8', cpu: '32', memory: '262144Mi' } },
              envFrom: [{ secretRef: { name: 'hf' } }],
              volumeMounts: [
                { name: 'mount-0', mountPath: '/models', readOnly: true },
                { name: 'mount-1', mountPath: '/data' },
                { name: 'shm', mountPath: '/dev/shm' },
              ],
            },
          ],
          volumes: [
            { name: 'mount-0', persistentVolumeClaim: { claimName: 'models', readOnly: true } },
            { name: 'mount-1', hostPath: { path: '/data' } },
            { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '65536Mi' } },
          ],
        },
      },
    })
  })

  it('asks for no account of the cluster unless told to', () => {
    const { spec } = jobManifest(prepare({}))
    expect(spec).toMatchObject({ template: { spec: { automountServiceAccountToken: false } } })
  })

  it('holds a script that a shell runs, and that prints the result after its mark', () => {
    const folder = mkdtempSync(join(tmpdir(), 'flowsim-k8s-'))
    const { spec } = jobManifest(prepare({ points: [{ name: 'p', command: ['echo', "it's $1"] }] }))
    const { containers } = (spec.template as { spec: { containers: { command: string[] }[] } }).spec
    const [shell, ...args] = containers[0]!.command
    const run = spawnSync(shell!, args, {
      encoding: 'utf8',
      env: { ...process.env, FLOWSIM_POINT: '0', FLOWSIM_JOB_DIR: folder },
    })
    expect(run.stdout).toBe("--- flowsim result of point 0 ---\nit's $1\n")
    expect(run.status).toBe(0)
    rmSync(folder, { recursive: true })
  })
})

describe('jobManifest of a large sweep', () => {
  const sweep = (count: number, word: (n: number) => string) =>
    prepare({
      points: Array.from({ length: count }, (_, n) => ({
        name: `p${n}`,
        command: ['echo', word(n), 'a command of some length, as a profiling run has'],
      })),
    })

  it('is one that the API server and Linux take, and runs the point asked for', () => {
    const manifest = jobManifest(sweep(20_000, (n) => `point ${n}`))
    expect(JSON.stringify(manifest).length).toBeLessThan(1.5 * 2 ** 20)
    const { containers } = (
      manifest.spec.template as { spec: { containers: { command: string[] }[] } }
    ).spec
    const [shell, ...args] = containers[0]!.command
    const folder = mkdtempSync(join(tmpdir(), 'flowsim-k8s-'))
    const run = spawnSync(shell!, args, {
      encoding: 'utf8',
      env: { ...process.env, FLOWSIM_POINT: '19999', FLOWSIM_JOB_DIR: join(folder, 'job') },
    })
    rmSync(folder, { recursive: true })
    expect(run.stderr).not.toMatch(/error|not found/i)
    expect(run.stdout).toMatch(/^--- flowsim result of point 19999 ---\npoint 19999 a command/)
  })

  it('is refused when it cannot be one', () => {
    const random = seededRandom(1)
    const noise = () => Array.from({ length: 40 }, () => random.int(0, 1e9)).join('')
    expect(() => jobManifest(sweep(9000, noise))).toThrow(/do not fit into a Kubernetes job/)
  })
})

describe('jobs on Kubernetes, with a double of the API server', () => {
  let root: string
  let api: KubernetesApi
  let jobs: Jobs
  const before = process.env.KUBECONFIG
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'flowsim-kubernetes-'))
  })
  beforeEach(async () => {
    api = new KubernetesApi()
    const server = await api.listen()
    const config = join(root, 'kubeconfig')
    writeFileSync(
      config,
      stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'u', user: { token: 't' } }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    )
    process.env.KUBECONFIG = config
    jobs = new Jobs(join(root, 'jobs'))
    return () => api.close()
  })
  afterAll(() => {
    if (before === undefined) delete process.env.KUBECONFIG
    else process.env.KUBECONFIG = before
    rmSync(root, { recursive: true })
  })

  const submit = (more: Partial<JobSpecInput> = {}) =>
    jobs.submit('kubernetes', {
      name: 'sweep',
      image: 'image',
      points: [0, 1, 2].map((n) => ({ name: `p${n}`, command: ['echo', String(n)] })),
      ...more,
    })

  it('follows a job from the first pod to its results, with a point that is run again', async () => {
    const job = await submit()
    expect((await jobs.status(job.id)).state).toBe('pending')
    const pods = [0, 1, 2].map((index) => api.startPod(job.backendId, index))
    for (const pod of pods) expect(() => new Pod(pod as never).validate()).not.toThrow()
    expect((await jobs.status(job.id)).state).toBe('running')

    const log = (index: number, result: string) =>
      `working\n--- flowsim result of point ${index} ---\n${result}\n`
    api.endPod(pods[0]!, 0, log(0, '{"n": 1}'))
    api.endPod(pods[1]!, 1, 'first try\n')
    expect((await jobs.status(job.id)).points.map(({ state }) => state)).toEqual([
      'succeeded',
      'pending',
      'running',
    ])
    api.endPod(api.startPod(job.backendId, 1), 0, log(1, '{"n": 2}'))
    api.endPod(pods[2]!, 137, 'loading\n')
    api.endPod(api.startPod(job.backendId, 2), 137, 'loading\nkilled\n')

    const status = await jobs.status(job.id)
    expect(status.state).toBe('failed')
    expect(await jobs.results(job.id)).toMatchObject([
      { state: 'succeeded', attempts: 1, result: { n: 1 } },
      { state: 'succeeded', attempts: 2, result: { n: 2 } },
      { state: 'failed', attempts: 2, exitCode: 137, reason: 'OOMKilled', error: 'killed' },
    ])
    expect(await jobs.logs(job.id, 1)).toBe(log(1, '{"n": 2}'))
  })

  it('stops a job by suspending it', async () => {
    const job = await submit()
    api.startPod(job.backendId, 0)
    await jobs.cancel(job.id)
    expect((await jobs.status(job.id)).state).toBe('cancelled')
  })

  it("passes on the API server's reasons", async () => {
    await expect(submit({ kubernetes: { namespace: 'forbidden' } })).rejects.toThrow(
      /kubernetes: HTTP 403: jobs\.batch is forbidden: User "u" cannot create/,
    )
    const job = await submit()
    api.jobs.clear()
    expect(await jobs.status(job.id)).toMatchObject({
      state: 'unknown',
      error: expect.stringMatching(/HTTP 404: jobs\.batch .* not found/),
    })
    await expect(submit({ kubernetes: { context: 'nope' } })).rejects.toThrow(/no context nope/)
    await api.close()
    await expect(submit()).rejects.toThrow(/kubernetes: .*ECONNREFUSED/)
    await api.listen()
  })

  it('prints the manifest for --dry-run and asks nobody', () => {
    const text = jobs.render('kubernetes', {
      name: 'a',
      image: 'i',
      points: [{ name: 'p', command: ['x'] }],
    })
    expect(parse(text)).toMatchObject({ apiVersion: 'batch/v1', kind: 'Job' })
    expect(api.requests).toEqual([])
  })
})

describe('parseIndexes', () => {
  it('reads the ranges of the API', () => {
    expect([...parseIndexes('1,3-5,7')]).toEqual([1, 3, 4, 5, 7])
    expect([...parseIndexes('')]).toEqual([])
    expect([...parseIndexes(undefined)]).toEqual([])
  })
})
