// The producers that are understood. To add one, add a file and a line here.
import { kineto } from './kineto.js'
import { kineto2021 } from './kineto-2021.js'
import { mtia } from './mtia.js'
import { type Producer, Role } from './roles.js'

export { type Producer, Role } from './roles.js'

export const PRODUCERS: readonly Producer[] = [kineto, kineto2021, mtia]

const roles = new Map(PRODUCERS.flatMap(({ categories }) => Object.entries(categories)))

/** Part that events of a category play; `Role.None` for categories of no producer. */
export function roleOf(category: string): Role {
  return roles.get(category) ?? Role.None
}
