// What an input is called, without its folder and endings, and the folder for what is made of it.
import { basename, resolve } from 'node:path'

/** Name of a trace without folder and endings: `x.pt.trace.json.gz` is `x`. */
export function traceName(path: string): string {
  const name = basename(resolve(path)).replace(/\.(?:gz|zst|zip)$/i, '')
  return (
    name
      .replace(/\.(?:jsonl?|sqlite|db|rpd|pb|pftrace|et)$/i, '')
      .replace(/(?:\.pt)?\.trace$/i, '') || 'trace'
  )
}

/** The folder for the files of a command that was given none: `x-flowsim` here, for `traces/x.json.gz`. */
export function defaultFolder(input: string): string {
  return `${traceName(input.replace(/\.ya?ml$/i, ''))}-flowsim`
}
