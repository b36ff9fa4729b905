// What rules match: the kernel's name in one spelling, whatever wrote it. Mangled names are demangled;
// the result type, the parameter list and compiler suffixes are left out, since the parameters repeat
// the template arguments and would match rules that they should not.
import { demangle } from './demangle.js'

/**
 * The name of a kernel as rules see it: `void f<float, 4>(float*, int)` is `f<float, 4>`.
 *
 * Nsight's spelling of literals, `f<(int)4, (bool)1>`, becomes `f<4, true>`, and its `<unnamed>` the
 * `(anonymous namespace)` of others.
 */
export function readableName(raw: string): string {
  // SYCL names a kernel by the type that it is.
  let name = raw
    .trim()
    .replace(/^_ZTSN/, '_ZN')
    .replace(/^typeinfo name for /, '')
  if (/^_{1,3}Z/.test(name))
    return demangle(name.replace(/\.(?:kd|intern|num|llvm|const)\b.*$/, ''))
  name = name.replace(/ ?\[clone [^\]]*\]/g, '').replace(/\.kd$/, '')
  name = name.replace(/\(bool\)1/g, 'true').replace(/\(bool\)0/g, 'false')
  name = name.replace(/\((?:unsigned )?(?:int|long long|long|short|char)\)(?=-?\d)/g, '')
  name = name.replaceAll('<unnamed>', '(anonymous namespace)')
  name = withoutParameters(name.replace(/\)\s*const$/, ')'))
  // CuTe DSL appends the layouts of the arguments.
  if (name.startsWith('kernel_cutlass_')) {
    return name.replace(/_(?:object_at_|tensorptr|ptri?\d|TiledMMA|TiledCopy).*$/, '')
  }
  return withoutResult(name)
}

/** Cuts the last parenthesised list, if the name ends with one. */
function withoutParameters(name: string): string {
  if (!name.endsWith(')')) return name
  let depth = 0
  for (let i = name.length - 1; i > 0; i--) {
    if (name[i] === ')') depth++
    else if (name[i] === '(' && --depth === 0) return name.slice(0, i)
  }
  return name
}

/** Cuts the result type: what precedes the last space outside of brackets. */
function withoutResult(name: string): string {
  let depth = 0
  let start = 0
  for (let i = 0; i < name.length; i++) {
    const c = name[i]
    if (c === '<' || c === '(' || c === '{') depth++
    else if (c === '>' || c === ')' || c === '}') depth--
    else if (c === ' ' && depth === 0 && !name.startsWith('operator', i - 8)) start = i + 1
  }
  return depth === 0 ? name.slice(start) : name.replace(/^void /, '')
}

/** Brackets: how each changes the depth. */
const LIST_ENDS: Record<string, number> = { '<': 1, '(': 1, '{': 1, '>': -1, ')': -1, '}': -1 }

/**
 * The template arguments of the last template in a name, at the top level:
 * `f<a, b<c>>` has `a` and `b<c>`.
 */
export function templateArguments(name: string): string[] {
  if (!name.endsWith('>')) return []
  let depth = 0
  let end = name.length - 1
  const args: string[] = []
  for (let i = end; i >= 0; i--) {
    depth -= LIST_ENDS[name[i]!] ?? 0
    const opened = depth === 0
    if (opened || (depth === 1 && name[i] === ',')) {
      args.unshift(name.slice(i + 1, end).trim())
      end = i
      if (opened) return args
    }
  }
  return []
}
