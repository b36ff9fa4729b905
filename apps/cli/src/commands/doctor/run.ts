// The work of `flowsim doctor`.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { listHardware } from '@flowsim/perf-model/hardware'
import { resolveSettings, type Setting, settingsFile } from '@flowsim/profiler-runner'
import { configFolder, userKernelsPath } from '../../inputs/kernel-database.js'
import { say, tableText } from '../../program/lines.js'
import { print, printJson } from '../../program/print.js'
import { version } from '../../version.js'

/** One thing that FlowSim needs or can use. */
interface Check {
  name: string
  state: 'ok' | 'missing' | 'wrong'
  found: string
  /** What it is for. */
  purpose: string
  /** Command that mends it. */
  fix?: string
}

export async function doctor(flags: { json?: true }): Promise<void> {
  const checks = [
    nodeVersion(),
    configuration(),
    program(
      'nvidia-smi',
      ['--query-gpu=name', '--format=csv,noheader'],
      'profiling on NVIDIA GPUs',
    ),
    program('rocm-smi', ['--showproductname'], 'profiling on AMD GPUs'),
    python(),
    program(
      'sinfo',
      ['--noheader', '--format=%P %D nodes'],
      'flowsim jobs --on slurm',
      'apt-get install slurm-client',
      'run on a login node of the cluster, or set SLURM_CONF to its slurm.conf',
    ),
    program(
      'docker',
      ['version', '--format', '{{.Server.Version}}'],
      'flowsim jobs --on docker',
      'install Docker',
      'start the Docker daemon, or let this user reach it',
    ),
    program(
      'all_reduce_perf',
      ['-h'],
      'measured collectives',
      'build nccl-tests and put them on the PATH',
    ),
    await optionalPackage('@duckdb/node-api', 'flowsim query'),
    await optionalPackage(
      '@kubernetes/client-node',
      'flowsim jobs --on kubernetes',
      // Version 2 needs Node.js 22.
      'npm install @kubernetes/client-node@1',
    ),
  ]
  const required = checks.filter(({ state }) => state === 'wrong')
  const settings = resolveSettings()
  if (flags.json)
    printJson({
      version,
      ready: required.length === 0,
      checks,
      settings: settings.map(withoutToken),
    })
  else {
    printChecks(checks)
    printSettings(settings)
  }
  if (required.length > 0) process.exitCode = 1
}

function nodeVersion(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isEnough = major > 20 || (major === 20 && minor >= 19)
  return {
    name: 'Node.js',
    state: isEnough ? 'ok' : 'wrong',
    found: process.versions.node,
    purpose: 'running FlowSim',
    ...(isEnough ? {} : { fix: 'install Node.js 20.19 or newer' }),
  }
}

function configuration(): Check {
  const path = userKernelsPath()
  return {
    name: 'your kernels',
    state: existsSync(path) ? 'ok' : 'missing',
    found: existsSync(path) ? path : `none in ${configFolder()}`,
    purpose: `kernels beyond the built-in rules; ${listHardware().length} devices in the catalogue`,
    ...(existsSync(path)
      ? {}
      : {
          fix: 'flowsim kernels unknown TRACE -o unknown.json, complete it, flowsim kernels add unknown.json',
        }),
  }
}

/**
 * Whether a program answers.
 * @param fix - what mends that it is missing
 * @param mend - what mends that it is there and fails
 */
function program(
  name: string,
  args: string[],
  purpose: string,
  fix?: string,
  mend?: string,
): Check {
  const { error, status, stdout, stderr } = spawnSync(name, args, {
    encoding: 'utf8',
    timeout: 10_000,
  })
  const firstLine = (text: string | null) => (text ?? '').trim().split('\n')[0] ?? ''
  const isMissing = (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
  const isHere = error === undefined && status === 0
  const fails = firstLine(stderr) || firstLine(stdout) || 'does not answer'
  const help = isMissing ? fix : mend
  return {
    name,
    state: isHere ? 'ok' : 'missing',
    found: isHere ? firstLine(stdout) : isMissing ? 'not on the PATH' : fails,
    purpose,
    ...(isHere || help === undefined ? {} : { fix: help }),
  }
}

function python(): Check {
  const script = 'import torch; print("torch", torch.__version__)'
  const { error, status, stdout } = spawnSync('python3', ['-c', script], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  const isHere = error === undefined && status === 0
  return {
    name: 'PyTorch',
    state: isHere ? 'ok' : 'missing',
    found: isHere ? stdout.trim() : 'python3 cannot import torch',
    purpose: 'flowsim profile on this machine',
    ...(isHere ? {} : { fix: 'pip install torch' }),
  }
}

async function optionalPackage(
  name: string,
  purpose: string,
  fix = `npm install ${name}`,
): Promise<Check> {
  const isHere = await import(name).then(
    () => true,
    () => false,
  )
  return {
    name,
    state: isHere ? 'ok' : 'missing',
    found: isHere ? 'installed' : 'not installed',
    purpose,
    ...(isHere ? {} : { fix }),
  }
}

function printChecks(checks: readonly Check[]): void {
  const signs = { ok: '✓', missing: '-', wrong: '✗' }
  print(`flowsim ${version}\n`)
  for (const { name, state, found, purpose, fix } of checks) {
    say(`${signs[state]} ${name.padEnd(24)} ${found}`)
    if (state !== 'ok') say(`    for: ${purpose}`)
    if (fix !== undefined) say(`    fix: ${fix}`)
  }
}

/** Where each setting comes from; flags override them all. */
function printSettings(settings: readonly Setting[]): void {
  print('\nsettings: flag > environment > file > default; the file is')
  print(`${settingsFile()}\n`)
  print(
    tableText(
      [
        { label: 'setting', flexible: 'wrap' },
        { label: 'value', flexible: 'wrap' },
        { label: 'from', flexible: 'wrap' },
      ],
      settings.map(withoutToken).map(({ key, value, where }) => [key, String(value ?? '-'), where]),
    ),
  )
}

function withoutToken(setting: Setting): Setting {
  const isSecret = /token$/i.test(setting.key) && setting.value !== undefined
  return isSecret ? { ...setting, value: '…' } : setting
}
