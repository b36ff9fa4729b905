// The work of `flowsim kernels`.

import {
  addKernels,
  kernelDatabase,
  lint,
  type UnknownKernel,
  type UnknownKernels,
  unknownKernels,
} from '@flowsim/kernel-db'
import { counted } from '@flowsim/trace-schema'
import { loadDatabase, userDatabase, userKernelsPath } from '../../inputs/kernel-database.js'
import { loadTrace, noteRepairs } from '../../inputs/load-trace.js'
import { readJson } from '../../inputs/read-json.js'
import { tracePaths } from '../../inputs/trace-paths.js'
import { CliError } from '../../program/errors.js'
import { tableText } from '../../program/lines.js'
import { Outputs } from '../../program/outputs.js'
import { print, printJson } from '../../program/print.js'

export async function listRules(flags: {
  op?: string
  library?: string
  json?: true
}): Promise<void> {
  const { rules } = await loadDatabase()
  const found = rules.filter(
    ({ rule }) =>
      (flags.op === undefined || rule.op === flags.op) &&
      (flags.library === undefined || rule.library === flags.library),
  )
  if (flags.json) {
    const of = (isUsers: boolean) => found.filter((each) => each.isUsers === isUsers)
    printJson({
      rules: of(false).map(({ id, rule }) => ({ ...rule, id })),
      own: of(true).map(({ rule }) => rule),
    })
    return
  }
  print(
    tableText(
      [
        { label: 'rule', flexible: 'middle' },
        { label: 'operation', priority: 1 },
        { label: 'library', flexible: true },
        { label: 'kernel', flexible: true },
      ],
      found.map(({ id, isUsers, rule: { op, library, kernel } }) => [
        isUsers ? '(yours)' : id,
        op,
        library ?? '',
        [kernel].flat().join(' '),
      ]),
    ),
  )
}

export async function listUnknown(
  given: readonly string[],
  flags: { output?: string },
): Promise<void> {
  const database = await loadDatabase()
  const documents: UnknownKernels[] = []
  for (const path of await tracePaths(given)) {
    const { trace, operations } = await loadTrace(path, database, { stacks: 'python' })
    noteRepairs(trace)
    documents.push(unknownKernels(trace, operations))
  }
  const document = mergeUnknown(documents)
  if (flags.output === undefined) printJson(document)
  else {
    await Outputs.file(flags.output, `${JSON.stringify(document, null, 2)}\n`)
    print(`${counted(document.kernels.length, 'unknown kernel')} in ${flags.output}`)
  }
}

/** One document of those of several traces: an entry for each kernel and operator. */
function mergeUnknown(documents: readonly UnknownKernels[]): UnknownKernels {
  const merged = new Map<string, UnknownKernel>()
  for (const entry of documents.flatMap(({ kernels }) => kernels)) {
    const key = `${entry.kernel}\n${entry.operator ?? ''}`
    const known = merged.get(key)
    if (known === undefined) merged.set(key, entry)
    else {
      known.count += entry.count
      known.timeNs += entry.timeNs
    }
  }
  return {
    ...documents[0]!,
    source: documents.map(({ source }) => source).join(', '),
    kernels: [...merged.values()].sort((a, b) => b.timeNs - a.timeNs),
  }
}

export async function addToDatabase(file: string, flags: { json?: true }): Promise<void> {
  const { database, added, skipped } = addKernels(await readJson(file), {
    existing: await userDatabase(),
    source: file,
  })
  if (added.length === 0) {
    throw new CliError('failure', `${file}: no entry is complete; fill in "op" of at least one`)
  }
  const faults = lint(kernelDatabase(database)).filter(({ rule }) =>
    added.some(({ kernel }) => rule.includes([kernel].flat()[0]!)),
  )
  const path = userKernelsPath()
  await Outputs.file(path, `${JSON.stringify(database, null, 2)}\n`)
  if (flags.json) printJson({ added: added.map(({ kernel }) => kernel), skipped, path, faults })
  else {
    for (const { kernel, op } of added) print(`added    ${op.padEnd(14)} ${kernel}`)
    for (const kernel of skipped) print(`skipped  ${'(no op)'.padEnd(14)} ${kernel}`)
    for (const { message } of faults) print(`warning  ${message}`)
    print(`\nYour kernels are in ${path}`)
  }
}

export async function lintDatabase(
  file: string | undefined,
  flags: { json?: true },
): Promise<void> {
  const findings = lint(await loadDatabase(file))
  if (flags.json) printJson({ findings })
  else {
    for (const { kind, message } of findings) print(`${kind.padEnd(20)} ${message}`)
    print(findings.length === 0 ? 'no findings' : counted(findings.length, 'finding'))
  }
  if (findings.length > 0) process.exitCode = 1
}
