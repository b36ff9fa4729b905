// The winner on Kubernetes: a Deployment of each group and a Service, as documents to be looked at and applied by hand.
// An instance that spans nodes is a LeaderWorkerSet (lws.sigs.k8s.io), whose image has to join its nodes.
import type { EngineCommand } from './commands.js'
import type { Candidate, Group } from './family.js'
import type { Budget } from './question.js'

/** Images of the engines, as their makers publish them. */
const IMAGES: Readonly<Record<EngineCommand['engine'], string>> = {
  vllm: 'vllm/vllm-openai:latest',
  sglang: 'lmsysorg/sglang:latest',
  trtllm: 'nvcr.io/nvidia/tensorrt-llm/release:latest',
}

const PORT = 8000

/** What a node calls its devices, by their vendor's device plugin; of others a manifest asks for none. */
const RESOURCES: { readonly [Vendor in Budget['vendor']]?: string } = {
  nvidia: 'nvidia.com/gpu',
  amd: 'amd.com/gpu',
  google: 'google.com/tpu',
}

/** Documents of a deployment, in the order in which they are applied. */
export function manifestOf(
  { family, counts }: Candidate,
  commands: readonly EngineCommand[],
  image?: string,
): Record<string, unknown>[] {
  return family.groups.flatMap((group, i) => {
    const command = commands.find(({ role, command }) => role === group.role && command !== null)
    if (command === undefined) return []
    const name = `llm-${group.role === 'both' ? 'server' : group.role}`
    const labels = { app: 'llm', role: group.role }
    const pod = podOf(command, group, image)
    return [
      workloadOf({ name, labels, replicas: counts[i]!, group, pod }),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name },
        spec: { selector: labels, ports: [{ port: PORT, targetPort: PORT }] },
      },
    ]
  })
}

function podOf({ engine, command }: EngineCommand, { devices, budget }: Group, image?: string) {
  const perNode = Math.min(devices, budget.nodeDevices)
  const resource = RESOURCES[budget.vendor]
  return {
    containers: [
      {
        name: 'engine',
        image: image ?? IMAGES[engine],
        command: [...command!, '--host', '0.0.0.0', '--port', String(PORT)],
        ports: [{ containerPort: PORT }],
        ...(resource === undefined ? {} : { resources: { limits: { [resource]: perNode } } }),
        readinessProbe: { httpGet: { path: '/health', port: PORT }, periodSeconds: 10 },
        volumeMounts: [{ name: 'shm', mountPath: '/dev/shm' }],
      },
    ],
    volumes: [{ name: 'shm', emptyDir: { medium: 'Memory' } }],
  }
}

interface Workload {
  name: string
  labels: Record<string, string>
  replicas: number
  group: Group
  pod: Record<string, unknown>
}

function workloadOf({ name, labels, replicas, group, pod }: Workload): Record<string, unknown> {
  const nodes = Math.ceil(group.devices / group.budget.nodeDevices)
  const template = { metadata: { labels }, spec: pod }
  if (nodes === 1) {
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: { replicas, selector: { matchLabels: labels }, template },
    }
  }
  return {
    apiVersion: 'leaderworkerset.x-k8s.io/v1',
    kind: 'LeaderWorkerSet',
    metadata: { name },
    spec: { replicas, leaderWorkerTemplate: { size: nodes, workerTemplate: template } },
  }
}
