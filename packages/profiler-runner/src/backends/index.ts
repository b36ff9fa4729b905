// The back ends, by the name that users select them by.
import type { JobBackend } from './backend.js'
import { docker } from './docker.js'
import { kubernetes } from './kubernetes.js'
import { local } from './local.js'
import { slurm } from './slurm.js'

/** Name of a back end. */
export type BackendName = 'local' | 'docker' | 'slurm' | 'kubernetes'

/** Every back end. */
export const BACKENDS: Readonly<Record<BackendName, JobBackend>> = {
  local,
  docker,
  slurm,
  kubernetes,
}
