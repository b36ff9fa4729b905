// Writes the licences of the libraries whose code a bundle holds: they ask that their texts go with it.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** A plugin that writes the name, version and licence of each bundled library to a file. */
export function noticesOf(file: string): Plugin {
  return {
    name: 'licences of what is bundled',
    setup(build) {
      build.initialOptions.metafile = true
      build.onEnd(({ metafile }) => {
        if (metafile === undefined) return
        const folders = Object.values(metafile.outputs).flatMap(({ inputs }) =>
          Object.keys(inputs).flatMap((path) => folderOf(path) ?? []),
        )
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, [...new Set(folders)].sort().map(noticeOf).join('\n\n'))
      })
    },
  }
}

/** The folder of the library to which a file belongs. */
function folderOf(path: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0]
}

function noticeOf(folder: string): string {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const licence = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  if (licence === undefined) throw new Error(`${folder}: has no licence text to pass on`)
  return `${name} ${version}\n\n${readFileSync(join(folder, licence), 'utf8').trim()}\n`
}
