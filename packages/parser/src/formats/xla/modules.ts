// The compiled modules of a profile by the numbers of their programs, read when an event first asks for one.
import type { MessageReader } from '../../protobuf/messages.js'
import { HloModule, isContainer } from './hlo.js'
import { type HloOperator, operatorOf } from './operator.js'
import type { Plane, Stats } from './space.js'

/** What an event's instruction is: nothing for those that only hold others. */
export type Found = HloOperator | 'container' | undefined

export class XlaModules {
  readonly #bytes = new Map<string, Uint8Array>()
  readonly #modules = new Map<string, HloModule>()
  readonly #operators = new Map<string, Found>()

  constructor(private readonly reader: MessageReader) {}

  /** Takes the modules of a plane; those of others are kept. */
  add(plane: Plane): void {
    for (const { id, stats } of plane.kinds.values()) {
      const proto = stats.get('Hlo Proto')
      if (proto instanceof Uint8Array) this.#bytes.set(String(id), proto)
    }
  }

  /**
   * The operator of an event.
   * @param stats - statistics of the event or of its kind: `hlo_op`, `program_id`
   * @param instruction - name of the instruction where no statistic has it
   */
  operator(stats: Stats, instruction?: string): Found {
    const name = textOf(stats.get('hlo_op')) ?? instruction
    if (name === undefined) return undefined
    const program = String(stats.get('program_id') ?? '')
    const key = `${program} ${name}`
    if (!this.#operators.has(key)) this.#operators.set(key, this.#find(program, name, stats))
    return this.#operators.get(key)
  }

  #find(program: string, name: string, stats: Stats): Found {
    const module = this.#module(program)
    const instruction = module?.instruction(name)
    if (module !== undefined && instruction !== undefined) {
      return isContainer(instruction) ? 'container' : operatorOf(module, instruction)
    }
    if (isContainer({ name, opcode: name.replace(/\.\d+$/, '') })) return 'container'
    const attributes: Record<string, string> = { hlo_op: name }
    const moduleName = textOf(stats.get('hlo_module'))
    if (moduleName !== undefined) attributes.hlo_module = moduleName
    return { name, shapes: [], types: [], values: [], attributes }
  }

  #module(program: string): HloModule | undefined {
    const bytes = this.#bytes.get(program)
    let module = this.#modules.get(program)
    if (module === undefined && bytes !== undefined) {
      module = new HloModule(this.reader, bytes)
      this.#modules.set(program, module)
    }
    return module
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
