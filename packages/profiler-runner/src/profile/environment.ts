// The machine and the software of a run, for run.json. Best effort: what a tool does not tell is left
// out. Secrets stay out: only variables of the GPU stack and the engines are kept, and none of them that names
// or holds a secret.
import { execFile } from 'node:child_process'
import { hostname, release } from 'node:os'
import { promisify } from 'node:util'
import { isSecretName, maskSecrets } from '../secrets.js'

const run = promisify(execFile)

/** A GPU as its driver describes it. */
export interface GpuInfo {
  name: string
  memoryMiB: number | null
  driver: string | null
}

/** What a run ran on. */
export interface RunEnvironment {
  host: string
  kernel: string
  node: string
  gpus: GpuInfo[]
  /** Versions of the Python packages that decide which kernels run. */
  packages: Record<string, string>
  variables: Record<string, string>
}

const KEPT = /^(?:CUDA|NCCL|RCCL|HIP|ROCR|HSA|GPU|SGLANG|SGL|VLLM|TORCH|PYTORCH|TRITON|FLASHINFER)_/

const PACKAGES =
  /^(?:torch|triton|sglang|vllm|transformers|flash[-_]?attn.*|flashinfer.*|sgl[-_]kernel|deep[-_](?:gemm|ep)|tensorrt[-_]llm|nvidia-(?:nccl|cublas|cudnn|cuda-runtime)-cu\d+)$/

/**
 * Describes this machine.
 * @param python - interpreter whose packages are listed; null for none
 */
export async function describeEnvironment(
  variables: Readonly<Record<string, string | undefined>> = process.env,
  python: string | null = 'python3',
): Promise<RunEnvironment> {
  const [nvidia, amd, packages] = await Promise.all([
    nvidiaGpus(),
    amdGpus(),
    python === null ? {} : pythonPackages(python),
  ])
  return {
    host: hostname(),
    kernel: release(),
    node: process.version,
    gpus: nvidia ?? amd ?? [],
    packages,
    variables: Object.fromEntries(
      Object.entries(variables)
        .filter(([name, value]) => value !== undefined && KEPT.test(name) && !isSecretName(name))
        .map(([name, value]) => [name, maskSecrets(value!)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  }
}

// Read from the packages' metadata: to import torch would take seconds.
async function pythonPackages(python: string): Promise<Record<string, string>> {
  const script =
    'import importlib.metadata as m, json; print(json.dumps([[d.metadata["Name"], d.version] for d in m.distributions()]))'
  try {
    const installed = JSON.parse((await output(python, ['-c', script])) ?? '[]') as unknown[][]
    return Object.fromEntries(
      installed
        .map(([name, version]) => [String(name).toLowerCase(), String(version)] as const)
        .filter(([name]) => PACKAGES.test(name))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  } catch {
    return {}
  }
}

async function nvidiaGpus(): Promise<GpuInfo[] | null> {
  const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader,nounits']
  const text = await output('nvidia-smi', query)
  return (
    text?.split('\n').map((line) => {
      const [name = '', memory, driver] = line.split(', ')
      return { name, memoryMiB: Number(memory) || null, driver: driver ?? null }
    }) ?? null
  )
}

async function amdGpus(): Promise<GpuInfo[] | null> {
  const text = await output('rocm-smi', ['--showproductname', '--showdriverversion', '--json'])
  if (text === null) return null
  try {
    const cards = JSON.parse(text) as Record<string, Record<string, string>>
    const driver = cards.system?.['Driver version'] ?? null
    return Object.entries(cards)
      .filter(([name]) => name.startsWith('card'))
      .map(([, card]) => ({
        name: card['Card Series'] ?? card['Card series'] ?? 'AMD GPU',
        memoryMiB: null,
        driver,
      }))
  } catch {
    return null
  }
}

/** Standard output of a command, trimmed; null when it is missing or fails. */
export async function output(file: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await run(file, args, { timeout: 60_000 })
    return stdout.trim() || null
  } catch {
    return null
  }
}
