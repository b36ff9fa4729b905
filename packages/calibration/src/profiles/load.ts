// The calibration profiles that come with the package: JSON files in profiles/, read when their family of
// operations is first asked for. scripts/calibrate.mjs makes them.
import { PerfModelError } from '@flowsim/perf-model'
import type { FamilyName } from '../calibrated/families/index.js'
import type { CalibrationProfile } from '../calibrated/profile.js'

const FILES: Record<FamilyName, readonly string[]> = {
  gemm: [
    'gemm-h100_sxm',
    'gemm-h200_sxm',
    'gemm-b200_sxm',
    'gemm-gb200',
    'gemm-a100_sxm',
    'gemm-l40s',
    'gemm-rtx_pro_6000_server',
    'gemm-kernel',
    'gemm-amd',
    'gemm-eager',
    'gemm-events',
    'gemm-traces',
    'gemm-triton',
  ],
  conv: ['conv-events', 'conv-traces'],
  prefill: ['attention', 'mla', 'attention-traces', 'attention-flash'],
  decode: ['attention', 'mla', 'attention-traces'],
  moe: [
    'moe-h100_sxm',
    'moe-h200_sxm',
    'moe-b200_sxm',
    'moe-a100_sxm',
    'moe-l40s',
    'moe-rtx_pro_6000_server',
    'moe-amd',
  ],
  collective: ['collective'],
  pointwise: [
    'pointwise-layers',
    'pointwise-eager',
    'pointwise-engine',
    'pointwise-events',
    'pointwise',
  ],
}
const read = new Map<string, CalibrationProfile>()

/**
 * The profiles of a family of operations. Needs a file system; elsewhere give profiles to
 * `createCalibrated`.
 * @throws PerfModelError `invalid_profile` when a file cannot be read
 */
export function loadProfiles(family: FamilyName): CalibrationProfile[] {
  return FILES[family].map((name) => {
    const file = `${name}.json`
    let profile = read.get(file)
    if (profile === undefined) {
      // A test validates each of them, which takes longer than to read them.
      profile = JSON.parse(textOf(file)) as CalibrationProfile
      read.set(file, profile)
    }
    return profile
  })
}

function textOf(file: string): string {
  const builtin = globalThis.process?.getBuiltinModule
  if (builtin === undefined) {
    throw new PerfModelError(
      'invalid_profile',
      `${file}: there is no file system to read it from; pass profiles to createCalibrated`,
    )
  }
  const { readFileSync } = builtin('node:fs')
  const { dirname, join } = builtin('node:path')
  const { fileURLToPath } = builtin('node:url')
  const here = dirname(fileURLToPath(import.meta.url))
  // Seen from dist/, and from src/profiles/.
  for (const folder of ['../profiles', '../../profiles']) {
    try {
      return readFileSync(join(here, folder, file), 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  throw new PerfModelError('invalid_profile', `${file}: is not in the package`)
}
