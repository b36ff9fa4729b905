// Kineto on MTIA: compute-processor events stand where kernels do.
import { type Producer, Role } from './roles.js'

export const mtia: Producer = {
  name: 'kineto-mtia',
  categories: {
    mtia_ccp_events: Role.Kernel,
    mtia_workloadd: Role.None,
    mtia_runtime: Role.Runtime,
  },
}
