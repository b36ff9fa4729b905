// A trace of two kernels, made by hand: a product, and a kernel that no rule can know.

/** Header of a trace of one H100. */
export const H100 = {
  schemaVersion: 1,
  deviceProperties: [{ id: 0, name: 'NVIDIA H100 80GB HBM3', numSms: 132 }],
}

/** An operator, its launch, its kernel, and a kernel without a launch. */
export const EVENTS = [
  {
    ph: 'X',
    cat: 'cpu_op',
    name: 'aten::mm',
    pid: 1,
    tid: 1,
    ts: 10,
    dur: 20,
    args: {
      'External id': 1,
      'Input Dims': [
        [256, 512],
        [512, 1024],
      ],
      'Input type': ['c10::BFloat16', 'c10::BFloat16'],
    },
  },
  {
    ph: 'X',
    cat: 'cuda_runtime',
    name: 'cudaLaunchKernel',
    pid: 1,
    tid: 1,
    ts: 15,
    dur: 5,
    args: { correlation: 1 },
  },
  {
    ph: 'X',
    cat: 'kernel',
    name: 'nvjet_tst_128x128_64x6_2x1_v_bz_TNT',
    pid: 0,
    tid: 7,
    ts: 40,
    dur: 9,
    args: { device: 0, stream: 7, correlation: 1 },
  },
  {
    ph: 'X',
    cat: 'kernel',
    name: 'my_very_own_kernel',
    pid: 0,
    tid: 7,
    ts: 60,
    dur: 3,
    args: { device: 0, stream: 7, grid: [64, 1, 1], block: [128, 1, 1] },
  },
]
