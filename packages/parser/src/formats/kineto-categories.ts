// Which part the events of Kineto's categories play.
//
// Categories: pytorch/kineto, libkineto/src/output_json.cpp and include/ActivityType.h.
import { Role } from '../collect/roles.js'

const CATEGORIES: Readonly<Record<string, Role>> = {
  kernel: Role.Kernel,
  concurrent_kernel: Role.Kernel,
  gpu_memcpy: Role.Memcpy,
  gpu_memset: Role.Memset,
  cuda_runtime: Role.Runtime,
  cuda_driver: Role.Runtime,
  xpu_runtime: Role.Runtime,
  xpu_driver: Role.Runtime,
  privateuse1_runtime: Role.Runtime,
  privateuse1_driver: Role.Runtime,
  cpu_op: Role.Operator,
  python_function: Role.PythonFrame,
  user_annotation: Role.HostAnnotation,
  gpu_user_annotation: Role.DeviceAnnotation,
  cuda_sync: Role.Synchronization,
  Trace: Role.ProfilerSpan,
  // Up to 2021.
  Kernel: Role.Kernel,
  Memcpy: Role.Memcpy,
  Memset: Role.Memset,
  Runtime: Role.Runtime,
  Operator: Role.Operator,
  'User Annotation': Role.HostAnnotation,
  UserAnnotation: Role.HostAnnotation,
  // MTIA: compute-processor events stand where kernels do.
  mtia_ccp_events: Role.Kernel,
  mtia_workloadd: Role.None,
  mtia_runtime: Role.Runtime,
}

const roles = new Map(Object.entries(CATEGORIES))

/** The part of a category; undefined for one that is not Kineto's, or of no interest. */
export function kinetoRole(category: string): Role | undefined {
  return roles.get(category)
}
