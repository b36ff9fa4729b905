// From the options of a run to what its servers are started with.
import { join, resolve } from 'node:path'
import { makeFolder } from '@flowsim/trace-schema/node'
import { isScript } from '../engines/custom.js'
import { type Engine, productOfOptions, type ServerSpec } from '../engines/engine.js'
import { ProfilerRunnerError } from '../errors.js'
import { freePort } from '../free-port.js'
import { shapePluginEnvironment } from '../shapes/plugin.js'
import { output } from './environment.js'
import type { ProfileOptions, ProfilePass } from './options.js'
import { checkSassTrace } from './sass-trace.js'

/** Whether the run is a script of the user that ends by itself. */
export function runsScript(options: ProfileOptions): boolean {
  return options.engine === 'custom' && isScript(options.serverCommand)
}

/** @throws {@link ProfilerRunnerError} `invalid_option` for options that do not go together */
export function checkOptions(options: ProfileOptions, engine: Engine): void {
  const refuse = (message: string) => {
    throw new ProfilerRunnerError('invalid_option', message)
  }
  const hasWork = options.load !== undefined || (options.points?.length ?? 0) > 0
  if (!runsScript(options) && !hasWork) {
    refuse('nothing to capture: give sweep points (--sweep) or a load (--bench-opts)')
  }
  if (options.captureGraphs === true && options.attachUrl !== undefined) {
    refuse('graphs are captured while a server starts: one that runs cannot be asked for it')
  }
  if (options.captureGraphs === true && !(options.passes ?? ['timing']).includes('timing')) {
    refuse('the pass shapes runs without graphs; have their capture traced in the pass timing')
  }
  checkSassTrace(options)
  if (options.attachUrl === undefined) return
  if ((options.passes?.length ?? 1) > 1) {
    refuse('an attached server has one pass: its own options say whether it runs CUDA graphs')
  }
  if (!engine.profilesByStage && options.traceDir === undefined) {
    refuse(`${engine.name} writes traces where it was started to; say where with --trace-dir`)
  }
}

/**
 * Whether a pass records tensor shapes: it costs CPU time for each operator, so a timing pass leaves it
 * out where a shape pass makes up for it.
 */
export function recordsShapes(options: ProfileOptions, pass: ProfilePass): boolean {
  return pass === 'shapes' || !(options.passes?.includes('shapes') ?? false)
}

/** The Python that runs the server; null where the server runs elsewhere. */
export function pythonOf({ attachUrl, serverCommand }: ProfileOptions): string | null {
  if (attachUrl !== undefined) return null
  const first = serverCommand?.[0] ?? ''
  return /(?:^|\/)python[\d.]*$/.test(first) ? first : 'python3'
}

/** What the server of a pass is started with; its folder for traces is made. */
export async function serverSpec(
  options: ProfileOptions,
  engine: Engine,
  pass: ProfilePass,
): Promise<ServerSpec> {
  const usual = join(options.outDir, 'traces', pass, 'server')
  const traceDir = resolve(options.traceDir ?? usual)
  const spec: ServerSpec = {
    command: options.serverCommand,
    args: options.serverArgs ?? [],
    host: options.host ?? '127.0.0.1',
    port: options.port ?? (await freePort()),
    traceDir,
    eager: pass !== 'timing',
    recordShapes: recordsShapes(options, pass),
    withStack: options.withStack ?? false,
    captureGraphs: options.captureGraphs === true && pass === 'timing',
  }
  if (options.attachUrl !== undefined) return spec
  makeFolder(traceDir)
  const versionCommand = engine.versionCommand(spec)
  if (versionCommand !== null) {
    const text = await output(versionCommand[0]!, versionCommand.slice(1))
    spec.version = /\d+\.\d+(?:\.\w+)*/.exec(text ?? '')?.[0]
  }
  const fault = spec.captureGraphs ? engine.captureFault(spec) : null
  if (fault !== null) throw new ProfilerRunnerError('invalid_option', `captures: ${fault}`)
  return spec
}

/** Variables for the server of a pass. */
export function serverEnvironment(
  options: ProfileOptions,
  pass: ProfilePass,
): Record<string, string> {
  const wantsLabels = options.shapeLabels ?? pass === 'shapes'
  return {
    ...options.env,
    ...options.sassTrace,
    ...(wantsLabels ? shapePluginEnvironment(options.env?.PYTHONPATH) : {}),
  }
}

/** Ranks that the server's options ask for. */
export function ranksFromArgs({ args }: ServerSpec): number {
  return productOfOptions(args, [
    ['--tensor-parallel-size', '-tp', '--tp', '--tp-size'],
    ['--pipeline-parallel-size', '-pp', '--pp', '--pp-size'],
    ['--data-parallel-size', '-dp', '--dp', '--dp-size'],
  ])
}
