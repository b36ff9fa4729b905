// The back ends, by the name that users select them by.
import type { JobBackend } from './backend.js'
import { docker } from './docker.js'
import { kubernetes } from './kubernetes.js'
import { local } from './local.js'
import { slurm } from './slurm.js'

/** Every back end. */
export const BACKENDS = { local, docker, slurm, kubernetes } satisfies Record<string, JobBackend>

/** Name of a back end. */
export type BackendName = keyof typeof BACKENDS
