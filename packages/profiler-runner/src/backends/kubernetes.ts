// Kubernetes, through @kubernetes/client-node: loaded when it is needed, so that nobody else has to
// install it. The cluster is the one of the kubeconfig. Results come back in the pods' logs.
import { messageOf } from '@flowsim/trace-schema'
import type { V1Job, V1Pod } from '@kubernetes/client-node'
import { stringify } from 'yaml'
import { ProfilerRunnerError } from '../errors.js'
import { RESULT_MARK } from '../jobs/job-script.js'
import type { JobSpec } from '../jobs/job-spec.js'
import { type PointResult, pointResult } from '../jobs/results.js'
import type { JobBackend, PointStatus, SubmittedJob } from './backend.js'
import { jobManifest } from './kubernetes-manifest.js'

const INDEX = 'batch.kubernetes.io/job-completion-index'

/** Jobs on a Kubernetes cluster. */
export const kubernetes: JobBackend = {
  name: 'kubernetes',
  resultsInLogs: true,
  sharesFiles: false,
  scriptAttempts: () => 1,

  render: (job) => stringify(jobManifest(job)),

  async submit(job) {
    const { batch } = await clients(job.spec)
    const manifest = jobManifest(job)
    const { namespace } = manifest.metadata
    await call(() => batch.createNamespacedJob({ namespace, body: manifest as unknown as V1Job }))
    return manifest.metadata.name
  },

  async points(job) {
    const { batch, core } = await clients(job.spec)
    const { namespace } = job.spec.kubernetes
    const name = job.backendId
    const state = await call(() => batch.readNamespacedJob({ name, namespace }))
    const pods = await podsOf(core, job)
    return pointStates(job.spec, state, pods)
  },

  async logs(job, index) {
    const { core } = await clients(job.spec)
    const pod = latest(await podsOf(core, job), index)
    return pod === undefined ? '' : logOf(core, job, pod)
  },

  async results(job) {
    const { core } = await clients(job.spec)
    const pods = await podsOf(core, job)
    const results: PointResult[] = []
    // One after the other: thousands of logs at once are not a load for an API server.
    for (const point of await this.points(job)) {
      const pod = latest(pods, point.index)
      const log = pod === undefined ? '' : await logOf(core, job, pod)
      const { before, result } = splitLog(log, point.index)
      results.push(pointResult(point, result, before))
    }
    return results
  },

  async cancel(job) {
    const { batch } = await clients(job.spec)
    const { namespace } = job.spec.kubernetes
    // Suspending stops the pods and keeps the job, so that its state can still be asked for.
    await call(() =>
      batch.patchNamespacedJob({
        name: job.backendId,
        namespace,
        body: [{ op: 'add', path: '/spec/suspend', value: true }],
      }),
    )
  },
}

/** States of the points from the Job and its pods. */
export function pointStates(spec: JobSpec, job: V1Job, pods: readonly V1Pod[]): PointStatus[] {
  const succeeded = parseIndexes(job.status?.completedIndexes)
  const failed = parseIndexes(job.status?.failedIndexes)
  const over = job.status?.conditions?.find(
    ({ type, status }) => (type === 'Failed' || type === 'Complete') && status === 'True',
  )
  return spec.points.map(({ name }, index): PointStatus => {
    const mine = pods.filter((pod) => indexOf(pod) === index)
    const pod = latest(pods, index)
    const exit = pod?.status?.containerStatuses?.[0]?.state?.terminated
    const waiting = pod?.status?.containerStatuses?.[0]?.state?.waiting
    const base = { index, name, exitCode: exit?.exitCode ?? null, attempts: mine.length }
    const reason = exit?.reason ?? waiting?.reason ?? pod?.status?.reason ?? over?.reason
    const because = reason === undefined || reason === 'Completed' ? {} : { reason }
    if (succeeded.has(index)) return { ...base, exitCode: 0, state: 'succeeded' }
    if (failed.has(index)) return { ...base, state: 'failed', ...because }
    if (job.spec?.suspend) return { ...base, state: 'cancelled' }
    if (over !== undefined) return { ...base, state: 'failed', ...because }
    const state = pod?.status?.phase === 'Running' ? 'running' : 'pending'
    return { ...base, state, ...because }
  })
}

/** Indexes in the form of the API: `1,3-5,7`. */
export function parseIndexes(text: string | undefined): Set<number> {
  const indexes = new Set<number>()
  for (const part of (text ?? '').split(',')) {
    if (part === '') continue
    const [from, to = from] = part.split('-').map(Number)
    for (let index = from!; index <= to!; index++) indexes.add(index)
  }
  return indexes
}

function indexOf(pod: V1Pod): number {
  return Number(pod.metadata?.annotations?.[INDEX] ?? pod.metadata?.labels?.[INDEX] ?? Number.NaN)
}

function latest(pods: readonly V1Pod[], index: number): V1Pod | undefined {
  const time = (pod: V1Pod) => new Date(pod.metadata?.creationTimestamp ?? 0).getTime()
  return pods.filter((pod) => indexOf(pod) === index).sort((a, b) => time(b) - time(a))[0]
}

function splitLog(log: string, index: number): { before: string; result: string | null } {
  const mark = `${RESULT_MARK} ${index} ---\n`
  const at = log.lastIndexOf(mark)
  return at === -1
    ? { before: log, result: null }
    : { before: log.slice(0, at), result: log.slice(at + mark.length) }
}

type Client = typeof import('@kubernetes/client-node')
type CoreApi = InstanceType<Client['CoreV1Api']>

async function podsOf(core: CoreApi, job: SubmittedJob): Promise<V1Pod[]> {
  const { namespace } = job.spec.kubernetes
  const pods: V1Pod[] = []
  let next: string | undefined
  do {
    const page = await call(() =>
      core.listNamespacedPod({
        namespace,
        labelSelector: `batch.kubernetes.io/job-name=${job.backendId}`,
        limit: 500,
        ...(next === undefined ? {} : { _continue: next }),
      }),
    )
    pods.push(...page.items)
    next = page.metadata?._continue || undefined
  } while (next !== undefined)
  return pods
}

async function logOf(core: CoreApi, job: SubmittedJob, pod: V1Pod): Promise<string> {
  const { namespace } = job.spec.kubernetes
  const name = pod.metadata!.name!
  try {
    return await call(() => core.readNamespacedPodLog({ name, namespace, container: 'point' }))
  } catch (error) {
    // A container that has not started has no log.
    if (/waiting to start|ContainerCreating|not found/i.test(messageOf(error))) return ''
    throw error
  }
}

async function clients(spec: JobSpec) {
  let client: Client
  try {
    client = await import('@kubernetes/client-node')
  } catch (error) {
    throw new ProfilerRunnerError(
      'missing_dependency',
      'Kubernetes needs the package @kubernetes/client-node; install it beside flowsim: npm install @kubernetes/client-node@1',
      { cause: error },
    )
  }
  const config = new client.KubeConfig()
  config.loadFromDefault()
  const { context } = spec.kubernetes
  if (context !== undefined) {
    if (config.getContextObject(context) === null) {
      throw new ProfilerRunnerError('bad_input', `the kubeconfig has no context ${context}`)
    }
    config.setCurrentContext(context)
  }
  return {
    batch: config.makeApiClient(client.BatchV1Api),
    core: config.makeApiClient(client.CoreV1Api),
  }
}

// Errors of the API carry a Status object; its message says what was wrong with which field.
async function call<Result>(request: () => Promise<Result>): Promise<Result> {
  try {
    return await request()
  } catch (error) {
    const { code, body } = error as { code?: unknown; body?: unknown }
    const said = statusMessage(body) ?? messageOf(error).split('\n')[0]
    throw new ProfilerRunnerError(
      code === 404 ? 'job_not_found' : 'backend_failed',
      `kubernetes: ${typeof code === 'number' ? `HTTP ${code}: ` : ''}${said}`,
      { cause: error },
    )
  }
}

function statusMessage(body: unknown): string | null {
  try {
    const status = (typeof body === 'string' ? JSON.parse(body) : body) as { message?: unknown }
    return typeof status?.message === 'string' ? status.message : null
  } catch {
    return null
  }
}
