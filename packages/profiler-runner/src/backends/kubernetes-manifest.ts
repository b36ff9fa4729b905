// The Kubernetes Job of a FlowSim job: an Indexed Job (batch/v1), a point an index of it. Failed
// points are run again by the Job controller (backoffLimitPerIndex; Kubernetes 1.29 or later), and
// points that were evicted do not count as failed. Format: the API's reference for Job v1 batch.
import { gzipSync } from 'node:zlib'
import { ProfilerRunnerError } from '../errors.js'
import { pointScript } from '../jobs/job-script.js'
import type { JobSpec } from '../jobs/job-spec.js'
import type { PreparedJob } from './backend.js'

const MANAGED_BY = 'app.kubernetes.io/managed-by'

// Folder of the points inside a container.
const CONTAINER_DIR = '/tmp/flowsim'

// Linux takes no argument above 128 KiB (MAX_ARG_STRLEN), and the API server no object above 1.5 MiB.
const LONGEST_ARGUMENT = 128 * 1024 - 1
const LONGEST_SCRIPT = 1024 * 1024

/** A manifest, as far as FlowSim fills it in. */
export interface JobManifest {
  apiVersion: 'batch/v1'
  kind: 'Job'
  metadata: { name: string; namespace: string; labels: Record<string, string> }
  spec: Record<string, unknown>
}

/**
 * The manifest of a job.
 * @throws {@link ProfilerRunnerError} `bad_input` for a job without an image
 */
export function jobManifest({ id, spec }: PreparedJob): JobManifest {
  if (spec.image === undefined) {
    throw new ProfilerRunnerError('bad_input', `${spec.name}: a Kubernetes job needs an image`)
  }
  const { kubernetes, resources } = spec
  const name = `flowsim-${id}`
  const labels = { [MANAGED_BY]: 'flowsim', 'flowsim/job': id }
  const count = spec.points.length
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: kubernetes.namespace, labels },
    spec: {
      completionMode: 'Indexed',
      completions: count,
      parallelism: Math.min(spec.parallelism ?? count, count),
      backoffLimitPerIndex: spec.retries,
      maxFailedIndexes: count,
      podFailurePolicy: {
        rules: [
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
      ttlSecondsAfterFinished: Math.round(kubernetes.keepDays * 86_400),
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          ...optional('serviceAccountName', kubernetes.serviceAccount),
          // A point needs nothing of the cluster's API, unless it was given an account for it.
          ...(kubernetes.serviceAccount === undefined
            ? { automountServiceAccountToken: false }
            : {}),
          ...optional('runtimeClassName', kubernetes.runtimeClass),
          ...optional('nodeSelector', nonEmpty(kubernetes.nodeSelector)),
          ...optional('tolerations', someOf(kubernetes.tolerations)),
          ...optional(
            'imagePullSecrets',
            someOf(kubernetes.imagePullSecrets.map((secret) => ({ name: secret }))),
          ),
          ...optional('activeDeadlineSeconds', resources.minutes && resources.minutes * 60),
          containers: [container(spec)],
          ...optional('volumes', someOf(volumes(spec))),
        },
      },
    },
  }
}

function container(spec: JobSpec): Record<string, unknown> {
  const { resources, kubernetes } = spec
  const quantities = {
    ...(resources.gpus > 0 ? { [kubernetes.gpuResource]: String(resources.gpus) } : {}),
    ...optional('cpu', resources.cpus && String(resources.cpus)),
    ...optional('memory', resources.memoryMiB && `${resources.memoryMiB}Mi`),
  }
  return {
    name: 'point',
    image: spec.image,
    command: shellCommand(spec),
    env: [
      {
        name: 'FLOWSIM_POINT',
        valueFrom: {
          fieldRef: {
            fieldPath: "metadata.annotations['batch.kubernetes.io/job-completion-index']",
          },
        },
      },
      { name: 'FLOWSIM_JOB_DIR', value: CONTAINER_DIR },
    ],
    ...optional(
      'envFrom',
      someOf(kubernetes.envFromSecrets.map((secret) => ({ secretRef: { name: secret } }))),
    ),
    ...(Object.keys(quantities).length === 0
      ? {}
      : { resources: { limits: quantities, requests: quantities } }),
    ...optional('volumeMounts', someOf(volumeMounts(spec))),
  }
}

// The script of many points goes packed, in pieces, and is unpacked by the tools of every base image.
function shellCommand(spec: JobSpec): string[] {
  const script = pointScript(spec, { attempts: 1, printResult: true })
  if (Buffer.byteLength(script) < LONGEST_ARGUMENT) return ['/bin/sh', '-c', script]
  const packed = gzipSync(script, { level: 9 }).toString('base64')
  if (packed.length > LONGEST_SCRIPT) {
    throw new ProfilerRunnerError(
      'bad_input',
      `${spec.name}: the commands of ${spec.points.length} points do not fit into a Kubernetes job; submit several jobs`,
    )
  }
  const pieces: string[] = []
  for (let at = 0; at < packed.length; at += 100_000) pieces.push(packed.slice(at, at + 100_000))
  const unpack = [
    'mkdir -p "$FLOWSIM_JOB_DIR"',
    `printf %s "$@" | base64 -d | gunzip >"$FLOWSIM_JOB_DIR/run.sh"`,
    'exec sh "$FLOWSIM_JOB_DIR/run.sh"',
  ].join(' && ')
  return ['/bin/sh', '-c', unpack, 'flowsim', ...pieces]
}

function volumes(spec: JobSpec): Record<string, unknown>[] {
  const { sharedMemoryMiB } = spec.resources
  return [
    ...spec.mounts.map(({ source, readOnly }, index) => ({
      name: `mount-${index}`,
      ...('claim' in source
        ? { persistentVolumeClaim: { claimName: source.claim, ...(readOnly ? { readOnly } : {}) } }
        : { hostPath: { path: source.folder } }),
    })),
    ...(sharedMemoryMiB === undefined
      ? []
      : [{ name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: `${sharedMemoryMiB}Mi` } }]),
  ]
}

function volumeMounts(spec: JobSpec): Record<string, unknown>[] {
  return [
    ...spec.mounts.map(({ path, readOnly }, index) => ({
      name: `mount-${index}`,
      mountPath: path,
      ...(readOnly ? { readOnly } : {}),
    })),
    ...(spec.resources.sharedMemoryMiB === undefined
      ? []
      : [{ name: 'shm', mountPath: '/dev/shm' }]),
  ]
}

function optional<Value>(name: string, value: Value | undefined): Record<string, Value> {
  return value === undefined ? {} : { [name]: value }
}

function someOf<Item>(items: Item[]): Item[] | undefined {
  return items.length === 0 ? undefined : items
}

function nonEmpty<Value>(record: Record<string, Value>): Record<string, Value> | undefined {
  return Object.keys(record).length === 0 ? undefined : record
}
