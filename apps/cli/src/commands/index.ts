// The commands, in the order of the help. To add one, add a file and a line.
import type { Command } from 'commander'
import { addParse } from './parse.js'

/** Each adds its command to the program. */
export const COMMANDS: readonly ((program: Command) => void)[] = [addParse]
