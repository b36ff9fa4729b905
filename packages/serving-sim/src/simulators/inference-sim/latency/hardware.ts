// Devices of inference-sim's `hardware_config.json`, with the model FLOPs utilisations that it was
// calibrated to (its discussion 589).
import type { InferenceSimHardware } from './model.js'

const a100: InferenceSimHardware = {
  TFlopsPeak: 312,
  TFlopsFP8: 0,
  BwPeakTBs: 2.039,
  mfuPrefill: 0.38,
  mfuDecode: 0.18,
  MemoryGiB: 80,
}

/** inference-sim's devices, by its names. */
export const INFERENCE_SIM_HARDWARE: Readonly<Record<string, InferenceSimHardware>> = {
  H100: {
    TFlopsPeak: 989.5,
    TFlopsFP8: 1979,
    BwPeakTBs: 3.35,
    mfuPrefill: 0.45,
    mfuDecode: 0.3,
    MemoryGiB: 80,
  },
  'A100-SXM': a100,
  'A100-80': a100,
  L40S: {
    TFlopsPeak: 362.05,
    TFlopsFP8: 1466,
    BwPeakTBs: 0.864,
    mfuPrefill: 0.32,
    mfuDecode: 0.08,
    MemoryGiB: 48,
  },
}
