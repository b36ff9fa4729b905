// Time by nn.Module, from the modules around each launch or the module frames of its call stack.
import type { KernelEvent, KernelTrace } from '@flowsim/trace-schema'
import { columns } from './columns.js'
import { getOrAdd } from './get-or-add.js'

/** A module instance, or a class of them, with the modules inside it. */
export interface ModuleNode {
  /** Instance such as `Qwen2DecoderLayer_3`, or its class. */
  name: string
  /** Activities launched by the module or inside it. */
  count: number
  /** Sum of their durations in nanoseconds. */
  totalNs: number
  /** The part that no inner module launched. */
  selfNs: number
  /** Longest first. */
  children: ModuleNode[]
}

/** Result of {@link byModule}. */
export interface ModuleReport {
  roots: ModuleNode[]
  /** Activities outside of every module: no call stacks, graph kernels, other threads. */
  outside: { count: number; sumNs: number }
}

const FRAME = /^nn\.Module: /

/** Modules around a kernel's launch, outermost first; empty when the trace does not know them. */
export function modulesOf(kernel: KernelEvent): readonly string[] {
  if (kernel.modules) return kernel.modules
  if (!kernel.callStack) return []
  const modules: string[] = []
  for (const frame of kernel.callStack) {
    if (FRAME.test(frame)) modules.push(frame.replace(FRAME, ''))
  }
  return modules.reverse()
}

/** Class of a module instance: `Linear` for `Linear_12`. */
export function moduleClass(instance: string): string {
  return instance.replace(/_\d+$/, '')
}

/**
 * Time by nn.Module as a tree. With `by: 'class'` instances of one class in one place are one node, so
 * that all layers of a stack add up.
 */
export function byModule(
  trace: KernelTrace,
  options: { by?: 'instance' | 'class' } = {},
): ModuleReport {
  interface Node extends Omit<ModuleNode, 'children'> {
    inner: Map<string, Node>
  }
  const node = (name: string): Node => ({
    name,
    count: 0,
    totalNs: 0,
    selfNs: 0,
    inner: new Map(),
  })
  const root = node('')
  const outside = { count: 0, sumNs: 0 }
  const table = columns(trace)
  for (let i = 0; i < table.count; i++) {
    const kernel = trace.kernels[table.index[i]!]!
    const modules = modulesOf(kernel)
    const ns = table.endNs[i]! - table.startNs[i]!
    if (modules.length === 0) {
      outside.count++
      outside.sumNs += ns
      continue
    }
    let at = root
    for (const instance of modules) {
      const name = options.by === 'class' ? moduleClass(instance) : instance
      const child = getOrAdd(at.inner, name, () => node(name))
      child.count++
      child.totalNs += ns
      at = child
    }
    at.selfNs += ns
  }
  const finish = ({ inner, ...rest }: Node): ModuleNode => ({
    ...rest,
    children: [...inner.values()].map(finish).sort((a, b) => b.totalNs - a.totalNs),
  })
  return { roots: finish(root).children, outside }
}
