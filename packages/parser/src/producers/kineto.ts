// Kineto as PyTorch has shipped it since 2022, on CUDA, ROCm and XPU.
// Categories: pytorch/kineto, libkineto/src/output_json.cpp and include/ActivityType.h.
import { type Producer, Role } from './roles.js'

export const kineto: Producer = {
  name: 'kineto',
  categories: {
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
  },
}
