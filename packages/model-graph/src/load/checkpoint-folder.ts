// A checkpoint on disk: config.json, hf_quant_config.json, and the index or the headers of safetensors.
import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseConfig } from '../config/parse-config.js'
import { ModelGraphError } from '../errors.js'
import type { CheckpointSize, ModelFiles } from './model-files.js'
import { headerLength, sizeOfHeader, sizeOfIndex } from './safetensors.js'

/** One configuration, without what may lie beside it. */
export async function readConfigFile(path: string): Promise<ModelFiles> {
  return { config: parseConfig(await text(path), { source: path }) }
}

/** A checkpoint's folder. */
export async function readFolder(folder: string): Promise<ModelFiles> {
  const names = new Set(await readdir(folder))
  if (!names.has('config.json')) {
    throw new ModelGraphError('unreadable', `${folder}: holds no config.json`, {
      source: folder,
      path: '',
    })
  }
  const { config } = await readConfigFile(join(folder, 'config.json'))
  const beside = join(folder, 'hf_quant_config.json')
  const checkpoint = await readSize(folder, names)
  return {
    config,
    ...(names.has('hf_quant_config.json')
      ? { quantization: parseConfig(await text(beside), { source: beside }) }
      : {}),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  }
}

/** Sizes from the headers of all files; from the index where the files are not all there. */
async function readSize(
  folder: string,
  names: ReadonlySet<string>,
): Promise<CheckpointSize | undefined> {
  const shards = [...names].filter((name) => name.endsWith('.safetensors')).sort()
  const indexed = [...names].find((name) => name.endsWith('.safetensors.index.json'))
  if (indexed === undefined) return shards.length === 0 ? undefined : sumOf(folder, shards)
  const path = join(folder, indexed)
  const index = parseConfig(await text(path), { source: path })
  const listed = filesOf(index)
  const isWhole = listed.length > 0 && listed.every((name) => names.has(name))
  return isWhole ? sumOf(folder, listed) : sizeOfIndex(index, path)
}

function filesOf(index: unknown): string[] {
  const map = (index as { weight_map?: unknown } | null)?.weight_map
  if (typeof map !== 'object' || map === null) return []
  const files = Object.values(map).filter((name): name is string => typeof name === 'string')
  // A name with a path would lie elsewhere.
  return [...new Set(files)].filter((name) => !/[\\/]/.test(name)).sort()
}

async function sumOf(folder: string, names: readonly string[]): Promise<CheckpointSize> {
  const sum: CheckpointSize = { bytes: 0 }
  for (const name of names) {
    const path = join(folder, name)
    const { bytes, vocab } = sizeOfHeader(await readHeader(path), path)
    sum.bytes += bytes
    if (vocab !== undefined) sum.vocab ??= vocab
  }
  return sum
}

async function readHeader(path: string): Promise<string> {
  const file = await open(path)
  try {
    const start = new Uint8Array(8)
    const { bytesRead } = await file.read(start, 0, 8, 0)
    const length = headerLength(start.subarray(0, bytesRead), path)
    const header = new Uint8Array(length)
    const read = await file.read(header, 0, length, 8)
    return new TextDecoder().decode(header.subarray(0, read.bytesRead))
  } finally {
    await file.close()
  }
}

async function text(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'EACCES' ? 'no permission' : code
    throw new ModelGraphError(
      'unreadable',
      `${path}: cannot be read: ${why}`,
      { source: path, path: '' },
      { cause: error },
    )
  }
}
