// A log as Accel-Sim prints it, cut down to the lines that matter and some that do not.

/** A kernel of a made-up log. */
export interface MadeKernel {
  name: string
  file: string
  launch: number
  cycles: number
  grid?: string
  reads?: number
}

const HEAD = `Accel-Sim [build made-up]

        *** GPGPU-Sim Simulator Version 4.2.0  [build made-up] ***

GPGPU-Sim: Configuration options:

-gpgpu_n_clusters                      46 # number of processing clusters
-gpgpu_clock_domains 1000:1000:1000:3500 # Clock Domain Frequencies in MhZ
-gpgpu_kernel_launch_latency         5000 # Kernel launch latency in cycles. Default: 0
-gpgpu_TB_launch_latency                0 # thread block launch latency in cycles. Default: 0
GPGPU-Sim uArch: clock freqs: 1000000000.000000:1000000000.000000:1000000000.000000:3500000000.000000
launching memcpy command : MemcpyHtoD,0x00007f5f10000000,131072
`

/** What it prints as it begins a kernel. */
export function begin({ file, launch, name, grid = '(16,1,1)' }: MadeKernel, uid: number): string {
  return `Processing kernel ./traces/${file}
-kernel name = ${name}
-kernel id = ${launch}
-grid dim = ${grid}
-block dim = (256,1,1)
-shmem = 0
-nregs = 12
-binary version = 86
launching kernel name: ${name} uid: ${uid} cuda_stream_id: 0
GPGPU-Sim uArch: Shader 0 bind to kernel ${uid} '${name}'
`
}

/** Its statistics; `reads` so far. */
export function statistics(name: string, uid: number | '', cycles: number, reads: number): string {
  return `kernel_name = ${name} 
kernel_launch_uid = ${uid} 
gpu_sim_cycle = ${cycles}
gpu_sim_insn = 61440
gpu_ipc =      10.3434
gpu_tot_sim_cycle = 99999
gpu_occupancy = -nan% 
gpgpu_n_tot_w_icount = ${reads * 2}
total dram reads = ${reads}
L2_total_cache_accesses = ${reads + 10}
L2_total_cache_misses = ${reads}
gpgpu_simulation_time = 0 days, 0 hrs, 0 min, 2 sec (2 sec)
gpgpu_simulation_rate = 30720 (inst/sec)
gpgpu_silicon_slowdown = 190572x
`
}

/** A log of `kernels` that ended well. */
export function madeLog(kernels: readonly MadeKernel[], end = true): string {
  let reads = 0
  let text = HEAD
  for (const [i, kernel] of kernels.entries()) {
    reads += kernel.reads ?? 100
    text += begin(kernel, i + 1) + statistics(kernel.name, i + 1, kernel.cycles, reads)
  }
  if (end)
    text += 'GPGPU-Sim: *** simulation thread exiting ***\nGPGPU-Sim: *** exit detected ***\n'
  return text
}
