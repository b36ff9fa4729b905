// The calibration profiles that come with the package: JSON files in profiles/, read when their family of
// operations is first asked for. scripts/calibrate.mjs makes them.
import type { FamilyName } from '../calibrated/families/index.js'
import type { CalibrationProfile } from '../calibrated/profile.js'
import { CalibrationError } from '../errors.js'

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
 * Gives the built-in profiles by their file names (`gemm-h100_sxm.json`), where there is no file system to read
 * them from, as in a browser. They are the files in `profiles/` of this package.
 */
export function provideProfiles(profiles: Readonly<Record<string, CalibrationProfile>>): void {
  for (const [file, profile] of Object.entries(profiles)) read.set(file, profile)
}

/**
 * The profiles of a family of operations, read from the package unless `provideProfiles` gave them.
 * @throws CalibrationError `missing_profiles` when a file cannot be read
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
    throw new CalibrationError(
      'missing_profiles',
      `${file}: there is no file system to read it from; give the profiles to provideProfiles`,
      { source: file },
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
  throw new CalibrationError('missing_profiles', `${file}: is not in the package`, { source: file })
}
