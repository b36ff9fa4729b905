// The work of `flowsim version`.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tableText } from '../../program/lines.js'
import { print, printJson } from '../../program/print.js'
import { packageJson, version } from '../../version.js'

export function printVersions(flags: { json?: true }): void {
  const packages = versionsOfPackages()
  const { version: node, platform, arch } = process
  if (flags.json) {
    const place = { node: node.slice(1), platform, arch }
    printJson({ schema: 'flowsim.version/1', flowsim: version, ...place, packages })
    return
  }
  const rows = Object.entries(packages)
  print(
    tableText(
      [{ label: 'package' }, { label: 'version' }],
      [['flowsim', version], ['node', `${node.slice(1)} (${platform} ${arch})`], ...rows],
    ),
  )
}

/** Versions of FlowSim's packages, as they are installed. */
function versionsOfPackages(): Record<string, string> {
  const require = createRequire(import.meta.url)
  const names = Object.keys(packageJson.dependencies).filter((name) => name.startsWith('@flowsim/'))
  return Object.fromEntries(
    names.map((name) => {
      const text = readFileSync(require.resolve(`${name}/package.json`), 'utf8')
      return [name, (JSON.parse(text) as { version: string }).version]
    }),
  )
}
