// Settings: a flag overrides the environment, the environment overrides the configuration file, the
// file overrides the default. The file is YAML, ~/.config/flowsim/config.yaml, with the keys nested:
//
//   jobs:
//     backend: slurm
//     slurm: { partition: gpu }
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import { ProfilerRunnerError } from './errors.js'

/** A value that can be set. */
export interface SettingDefinition {
  /** Path in the configuration file, such as `jobs.slurm.partition`. */
  key: string
  /** Name of the flag, without dashes. */
  flag: string
  environment: string
  type: 'text' | 'integer' | 'boolean'
  default?: string | number | boolean
  about: string
}

/** A value and where it comes from. */
export interface Setting {
  key: string
  value: string | number | boolean | undefined
  origin: 'flag' | 'environment' | 'file' | 'default'
  /** `--partition`, `FLOWSIM_JOBS_SLURM_PARTITION`, `/home/me/.config/flowsim/config.yaml:4`. */
  where: string
  about: string
}

type Entry = [
  key: string,
  flag: string,
  type: SettingDefinition['type'],
  fallback: SettingDefinition['default'],
  about: string,
]

const TABLE: Entry[] = [
  ['profile.engine', 'engine', 'text', 'sglang', 'Engine that `flowsim profile` starts.'],
  ['profile.serverCommand', 'server-command', 'text', undefined, 'Replaces its start command.'],
  ['profile.startupTimeoutS', 'startup-timeout', 'integer', 1800, 'Wait for a healthy server.'],
  ['profile.traceTimeoutS', 'trace-timeout', 'integer', 600, 'Wait for whole trace files.'],
  ['profile.ncclTests', 'nccl-tests', 'text', undefined, 'Folder with the nccl-tests binaries.'],
  ['jobs.backend', 'on', 'text', 'local', 'Where `flowsim jobs` runs them.'],
  ['jobs.folder', 'jobs-dir', 'text', undefined, 'Folder of the jobs; shared with Slurm nodes.'],
  ['jobs.image', 'image', 'text', undefined, 'Container image.'],
  ['jobs.slurm.partition', 'partition', 'text', undefined, 'Slurm partition.'],
  ['jobs.slurm.account', 'account', 'text', undefined, 'Slurm account.'],
  ['jobs.slurm.qos', 'qos', 'text', undefined, 'Slurm quality of service.'],
  ['jobs.kubernetes.namespace', 'namespace', 'text', 'default', 'Kubernetes namespace.'],
  ['jobs.kubernetes.context', 'context', 'text', undefined, 'Context of the kubeconfig.'],
  ['serve.host', 'host', 'text', '127.0.0.1', 'Address that `flowsim serve` listens on.'],
  ['serve.port', 'port', 'integer', 8000, 'Port that it listens on.'],
  ['serve.token', 'token', 'text', undefined, 'Token that its clients must send.'],
  ['serve.store', 'store', 'text', undefined, 'File of its task store.'],
  ['model.command', 'command', 'text', undefined, 'Program of `--model command`.'],
  ['simulate.apiUrl', 'api-url', 'text', undefined, 'Service of `simulate --backend http`.'],
  ['simulate.apiToken', 'api-token', 'text', undefined, 'Token that the service asks for.'],
]

/** Every setting. */
export const SETTINGS: readonly SettingDefinition[] = TABLE.map(
  ([key, flag, type, fallback, about]) => ({
    key,
    flag,
    environment:
      `FLOWSIM_${key.replaceAll('.', '_').replaceAll(/([a-z])([A-Z])/g, '$1_$2')}`.toUpperCase(),
    type,
    ...(fallback === undefined ? {} : { default: fallback }),
    about,
  }),
)

/** Variables by name, such as `process.env`. */
type Variables = Readonly<Record<string, string | undefined>>

/** Where the settings come from. */
export interface SettingSources {
  /** Flags that were given, by name without dashes. */
  flags?: Readonly<Record<string, unknown>>
  environment?: Variables
  /** Default `$XDG_CONFIG_HOME/flowsim/config.yaml`, that is ~/.config/flowsim/config.yaml. */
  file?: string
}

/** Path of the configuration file: in FLOWSIM_CONFIG_DIR, else in `flowsim` of the user's folder. */
export function settingsFile(environment: Variables = process.env): string {
  const parent = environment.XDG_CONFIG_HOME || join(homedir(), '.config')
  return join(environment.FLOWSIM_CONFIG_DIR || join(parent, 'flowsim'), 'config.yaml')
}

/**
 * Resolves every setting: for `flowsim doctor`, which shows where each comes from. Only the settings
 * named in `keys` take flags: a flag such as `--host` belongs to one command.
 * @throws {@link ProfilerRunnerError} `bad_input` for a value of the wrong type, or a key of the file
 *   that is not a setting (with its line)
 */
export function resolveSettings(
  sources: SettingSources = {},
  keys: (key: string) => boolean = () => true,
): Setting[] {
  const { flags = {}, environment = process.env } = sources
  const path = sources.file ?? settingsFile(environment)
  const fromFile = readSettingsFile(path)
  return SETTINGS.map((definition) => {
    const { key, about } = definition
    const flag = keys(key) ? flags[definition.flag] : undefined
    if (flag !== undefined) {
      const where = `--${definition.flag}`
      return { key, about, origin: 'flag', where, value: readValue(definition, flag, where) }
    }
    const variable = environment[definition.environment]
    if (variable !== undefined && variable !== '') {
      const where = definition.environment
      const value = readValue(definition, variable, where)
      return { key, about, origin: 'environment', where, value }
    }
    const entry = fromFile.get(key)
    if (entry !== undefined) {
      const where = `${path}:${entry.line}`
      return { key, about, origin: 'file', where, value: readValue(definition, entry.value, where) }
    }
    return { key, about, origin: 'default', where: 'default', value: definition.default }
  })
}

/**
 * Resolves the settings of one area, such as `jobs.`, as an object by key.
 * @throws {@link ProfilerRunnerError} `bad_input`
 */
export function settingsOf(
  area: string,
  sources: SettingSources = {},
): Record<string, Setting['value']> {
  const inArea = (key: string) => key.startsWith(area)
  const settings = resolveSettings(sources, inArea).filter(({ key }) => inArea(key))
  return Object.fromEntries(settings.map(({ key, value }) => [key, value]))
}

function readValue(definition: SettingDefinition, value: unknown, where: string): Setting['value'] {
  const text = String(value)
  const fail = (wanted: string) => {
    throw new ProfilerRunnerError(
      'bad_input',
      `${where}: ${definition.key} must be ${wanted}, got "${text}"`,
    )
  }
  switch (definition.type) {
    case 'integer':
      return /^\d+$/.test(text) ? Number(text) : fail('a whole number')
    case 'boolean':
      return /^(?:true|1)$/.test(text)
        ? true
        : /^(?:false|0)$/.test(text)
          ? false
          : fail('true or false')
    default:
      return typeof value === 'object' ? fail('text') : text
  }
}

interface FileEntry {
  value: unknown
  line: number
}

function readSettingsFile(path: string): Map<string, FileEntry> {
  const entries = new Map<string, FileEntry>()
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return entries
    throw new ProfilerRunnerError('bad_input', `cannot read ${path}`, { cause: error })
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [fault] = document.errors
  if (fault !== undefined) {
    const line = fault.linePos?.[0].line ?? 1
    throw new ProfilerRunnerError('bad_input', `${path}:${line}: ${fault.message.split('\n')[0]}`)
  }
  const lineOf = (node: Node | null) => lines.linePos(node?.range?.[0] ?? 0).line
  const walk = (node: unknown, prefix: string) => {
    if (!isMap(node)) return
    for (const { key, value } of node.items) {
      const name = `${prefix}${String(isScalar(key) ? key.value : key)}`
      if (isMap(value)) {
        walk(value, `${name}.`)
        continue
      }
      const line = lineOf(key as Node)
      if (!SETTINGS.some((definition) => definition.key === name)) {
        throw new ProfilerRunnerError(
          'bad_input',
          `${path}:${line}: no setting ${name}; \`flowsim doctor\` lists those there are`,
        )
      }
      entries.set(name, { value: isScalar(value) ? value.value : value, line })
    }
  }
  walk(document.contents, '')
  return entries
}
