// Finds, or starts, a Slurm cluster for tests: scripts/setup-slurm.sh of the repository. It is
// installed only where a test run may install packages (CI=true, as root, with apt-get).
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe } from 'vitest'

const script = fileURLToPath(new URL('../../../../scripts/setup-slurm.sh', import.meta.url))

let wasRunning = true

function findCluster(): boolean {
  const isRoot = process.getuid?.() === 0
  const has = (tool: string) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0
  const installed = has('slurmctld') && has('slurmd') && has('munged')
  const mayInstall = process.env.CI === 'true' && has('apt-get')
  if (!isRoot || !(installed || mayInstall)) return false
  try {
    wasRunning = spawnSync(script, ['status']).status === 0
    const config = execFileSync(script, ['start'], { encoding: 'utf8', timeout: 300_000 })
    process.env.SLURM_CONF = config.trim()
    return true
  } catch {
    return false
  }
}

/** `describe`, skipped where no Slurm cluster can be had (run scripts/setup-slurm.sh start). */
export const describeWithSlurm: typeof describe.skip = findCluster() ? describe : describe.skip

/** Stops the cluster if it was started here. */
export function stopSlurm(): void {
  if (!wasRunning) execFileSync(script, ['stop'])
}
