// The kernel database that commands use: the built-in rules and the user's own.
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import {
  type KernelDatabase,
  kernelDatabase,
  type RuleFile,
  readReferenceDatabase,
  readRules,
} from '@flowsim/kernel-db'
import { readJson } from './read-json.js'

/** Folder of the user's settings: `FLOWSIM_CONFIG_DIR`, else `flowsim` in the platform's place. */
export function configFolder(): string {
  const { FLOWSIM_CONFIG_DIR, XDG_CONFIG_HOME } = process.env
  return FLOWSIM_CONFIG_DIR ?? join(XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'flowsim')
}

/** File of the user's own kernels. */
export function userKernelsPath(): string {
  return join(configFolder(), 'kernels.json')
}

/** The user's own kernels, if there are any. */
export async function userDatabase(): Promise<RuleFile | undefined> {
  const path = userKernelsPath()
  return existsSync(path) ? readRules(await readJson(path), { source: path }) : undefined
}

/**
 * The built-in rules with those of a file before them: FlowSim's own format or the reference parser's
 * kernels.json; without a file, the user's own.
 */
export async function loadDatabase(file?: string): Promise<KernelDatabase> {
  if (file === undefined) return kernelDatabase(await userDatabase())
  const value = await readJson(file)
  return kernelDatabase(
    Array.isArray(value)
      ? readReferenceDatabase(value, { source: basename(file) })
      : readRules(value, { source: basename(file) }),
  )
}
