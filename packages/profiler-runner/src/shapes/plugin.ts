// The Python plug-in that labels kernel launches with tensor shapes (folder python/ of this package).
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ProfilerRunnerError } from '../errors.js'

/** Folder that holds the plug-in's sitecustomize.py. */
export function shapePluginFolder(): string {
  // Both src/shapes and dist lie beside python/, one and two levels down.
  for (const path of ['../python/', '../../python/']) {
    const folder = fileURLToPath(new URL(path, import.meta.url))
    if (existsSync(`${folder}sitecustomize.py`)) return folder.replace(/\/$/, '')
  }
  throw new ProfilerRunnerError(
    'missing_dependency',
    'the folder python/ of @flowsim/profiler-runner is missing; install it again',
  )
}

/**
 * Environment that loads the plug-in into every Python process started with it.
 * @param pythonPath - PYTHONPATH to keep; default this process's
 */
export function shapePluginEnvironment(
  pythonPath: string | undefined = process.env.PYTHONPATH,
): Record<string, string> {
  const folder = shapePluginFolder()
  return {
    PYTHONPATH: pythonPath ? `${folder}:${pythonPath}` : folder,
    FLOWSIM_SHAPE_LABELS: '1',
  }
}
