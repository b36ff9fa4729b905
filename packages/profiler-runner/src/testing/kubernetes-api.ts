// A double of a Kubernetes API server for Jobs and their pods: the requests that FlowSim makes, with
// the answers of a real server (status codes, Status objects, lists with continue tokens). The test
// moves pods through their phases; the double keeps the Job's status as the Job controller does.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Pod {
  apiVersion: 'v1'
  kind: 'Pod'
  metadata: {
    name: string
    namespace: string
    labels: Record<string, string>
    annotations: Record<string, string>
    creationTimestamp: string
  }
  spec: { containers: { name: string; image: string }[] }
  status: { phase: string; containerStatuses?: unknown[] }
}

interface Job {
  metadata: Record<string, unknown> & { name: string; namespace: string }
  spec: Record<string, unknown> & {
    completions: number
    backoffLimitPerIndex: number
    suspend?: boolean
  }
  status: Record<string, unknown>
}

/** A double of an API server. */
export class KubernetesApi {
  readonly jobs = new Map<string, Job>()
  readonly pods: Pod[] = []
  readonly logs = new Map<string, string>()
  readonly requests: string[] = []
  private server!: Server
  private count = 0

  async listen(): Promise<string> {
    this.server = createServer((request, response) => void this.serve(request, response))
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  /** Starts a pod for an index, as the controller does. */
  startPod(job: string, index: number): Pod {
    const { metadata } = this.jobs.get(job)!
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${job}-${index}-${(++this.count).toString(36).padStart(5, 'x')}`,
        namespace: metadata.namespace,
        labels: { 'batch.kubernetes.io/job-name': job },
        annotations: { 'batch.kubernetes.io/job-completion-index': String(index) },
        creationTimestamp: new Date(1.7e12 + this.count * 1000).toISOString(),
      },
      spec: { containers: [{ name: 'point', image: 'image' }] },
      status: { phase: 'Running', containerStatuses: [containerStatus({ running: {} })] },
    }
    this.pods.push(pod)
    return pod
  }

  /** Ends a pod, and brings the Job's status up to date. */
  endPod(pod: Pod, exitCode: number, log: string): void {
    const reason = exitCode === 0 ? 'Completed' : exitCode === 137 ? 'OOMKilled' : 'Error'
    pod.status = {
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      containerStatuses: [containerStatus({ terminated: { exitCode, reason } })],
    }
    this.logs.set(pod.metadata.name, log)
    this.control(pod.metadata.labels['batch.kubernetes.io/job-name']!)
  }

  private control(name: string): void {
    const job = this.jobs.get(name)!
    const done: number[] = []
    const failed: number[] = []
    for (let index = 0; index < job.spec.completions; index++) {
      const mine = this.pods.filter(
        ({ metadata }) =>
          metadata.labels['batch.kubernetes.io/job-name'] === name &&
          metadata.annotations['batch.kubernetes.io/job-completion-index'] === String(index),
      )
      if (mine.some(({ status }) => status.phase === 'Succeeded')) done.push(index)
      else if (
        mine.filter(({ status }) => status.phase === 'Failed').length >
        job.spec.backoffLimitPerIndex
      ) {
        failed.push(index)
      }
    }
    job.status.completedIndexes = ranges(done)
    job.status.failedIndexes = ranges(failed)
    if (done.length === job.spec.completions) {
      job.status.conditions = [{ type: 'Complete', status: 'True' }]
    } else if (done.length + failed.length === job.spec.completions) {
      job.status.conditions = [{ type: 'Failed', status: 'True', reason: 'FailedIndexes' }]
    }
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const url = new URL(request.url!, 'http://api')
    this.requests.push(`${request.method} ${url.pathname}`)
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    const refuse = (code: number, reason: string, message: string) =>
      send(code, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message,
        reason,
        code,
      })
    // /apis/batch/v1/namespaces/NS/jobs/NAME, /api/v1/namespaces/NS/pods/NAME/log
    const [, namespace, kind, name, sub] =
      /^\/(?:apis\/batch|api)\/v1\/namespaces\/([^/]+)\/(jobs|pods)(?:\/([^/]+))?(?:\/(log))?$/.exec(
        url.pathname,
      ) ?? []
    if (kind === undefined) {
      return refuse(404, 'NotFound', 'the server could not find the requested resource')
    }
    if (kind === 'jobs' && request.method === 'POST') {
      const job = JSON.parse(text) as Job
      if (job.metadata.name.length > 63) {
        return refuse(
          422,
          'Invalid',
          `Job.batch "${job.metadata.name}" is invalid: metadata.name: Invalid value: must be no more than 63 characters`,
        )
      }
      if (namespace === 'forbidden') {
        return refuse(
          403,
          'Forbidden',
          'jobs.batch is forbidden: User "u" cannot create resource "jobs" in API group "batch" in the namespace "forbidden"',
        )
      }
      this.jobs.set(job.metadata.name, { ...job, status: {} })
      return send(201, { ...job, status: {} })
    }
    if (kind === 'jobs') {
      const job = this.jobs.get(name!)
      if (job === undefined) return refuse(404, 'NotFound', `jobs.batch "${name}" not found`)
      if (request.method === 'PATCH') {
        if (!request.headers['content-type']?.startsWith('application/json-patch+json')) {
          return refuse(
            415,
            'UnsupportedMediaType',
            'the body of the request was in an unknown format',
          )
        }
        job.spec.suspend = true
      }
      return send(200, { apiVersion: 'batch/v1', kind: 'Job', ...job })
    }
    if (kind === 'pods' && sub === 'log') {
      response.writeHead(200, { 'content-type': 'text/plain' })
      response.end(this.logs.get(name!) ?? '')
      return
    }
    // Pages of two, so that a client which forgets to go on is found out.
    const selector = url.searchParams.get('labelSelector')!.split('=')[1]
    const all = this.pods.filter(
      ({ metadata }) => metadata.labels['batch.kubernetes.io/job-name'] === selector,
    )
    const from = Number(url.searchParams.get('continue') ?? 0)
    const rest = all.length > from + 2 ? { continue: String(from + 2) } : {}
    send(200, {
      kind: 'PodList',
      apiVersion: 'v1',
      metadata: rest,
      items: all.slice(from, from + 2),
    })
  }
}

function containerStatus(state: Record<string, unknown>): unknown {
  return { name: 'point', image: 'image', imageID: '', ready: false, restartCount: 0, state }
}

function ranges(indexes: number[]): string {
  const parts: string[] = []
  for (let at = 0; at < indexes.length; at++) {
    const first = indexes[at]!
    while (indexes[at + 1] === indexes[at]! + 1) at++
    parts.push(first === indexes[at] ? `${first}` : `${first}-${indexes[at]}`)
  }
  return parts.join(',')
}
