// A sample of the planted faults instead of all of them: a plug-in of StrykerJS that lets FLOWSIM_MUTATE_SAMPLE of
// them through, drawn by a hash of seed, place and change, so that the same ones come again. The others count
// neither as noticed nor as missed.
import { createHash } from 'node:crypto'

const count = Number(process.env.FLOWSIM_MUTATE_SAMPLE)
const seed = process.env.FLOWSIM_MUTATE_SEED

class SampleChecker {
  chosen = new Set()

  async init() {}

  /** Called once with all faults, before any is checked. */
  async group(mutants) {
    const drawn = mutants
      .map((mutant) => ({ id: mutant.id, order: orderOf(mutant) }))
      .sort((a, b) => (a.order < b.order ? -1 : 1))
      .slice(0, count)
    for (const { id } of drawn) this.chosen.add(id)
    return [mutants.map(({ id }) => id)]
  }

  async check(mutants) {
    return Object.fromEntries(
      mutants.map(({ id }) => [
        id,
        this.chosen.has(id)
          ? { status: 'passed' }
          : { status: 'compileError', reason: 'not in the sample' },
      ]),
    )
  }
}

function orderOf({ fileName, location, mutatorName, replacement }) {
  const file = fileName.split(/\/(?=packages\/|apps\/)/).at(-1)
  const place = [seed, file, JSON.stringify(location), mutatorName, replacement].join('\n')
  return createHash('sha256').update(place).digest('hex')
}

const create = () => new SampleChecker()
create.inject = []

export const strykerPlugins = [{ kind: 'Checker', name: 'sample', factory: create }]
