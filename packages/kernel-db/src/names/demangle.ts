// Names of C++ entities out of Itanium-mangled symbols: what a kernel's name says, without the
// parameter list. Specification: itanium-cxx-abi.github.io/cxx-abi/abi.html, section 5.1 "External
// names". Read are nested and local names, templates with types, literals, packs and addresses of
// functions, substitutions, closures. Other expressions end the reading: then the identifiers in the
// symbol, joined by "::", are the name.

const BUILTINS: Record<string, string> = {
  v: 'void',
  w: 'wchar_t',
  b: 'bool',
  c: 'char',
  a: 'signed char',
  h: 'unsigned char',
  s: 'short',
  t: 'unsigned short',
  i: 'int',
  j: 'unsigned int',
  l: 'long',
  m: 'unsigned long',
  x: 'long long',
  y: 'unsigned long long',
  n: '__int128',
  o: 'unsigned __int128',
  f: 'float',
  d: 'double',
  e: 'long double',
  g: '__float128',
  z: '...',
}

const TWO_LETTER_BUILTINS: Record<string, string> = {
  Dd: 'decimal64',
  De: 'decimal128',
  Df: 'decimal32',
  Dh: '_Float16',
  Di: 'char32_t',
  Ds: 'char16_t',
  Du: 'char8_t',
  Da: 'auto',
  Dc: 'decltype(auto)',
  Dn: 'decltype(nullptr)',
}

const STANDARD: Record<string, string> = {
  a: 'std::allocator',
  b: 'std::basic_string',
  s: 'std::string',
  i: 'std::istream',
  o: 'std::ostream',
  d: 'std::iostream',
}

const OPERATORS: Record<string, string> = {
  nw: ' new',
  dl: ' delete',
  pl: '+',
  mi: '-',
  ml: '*',
  dv: '/',
  rm: '%',
  an: '&',
  or: '|',
  eo: '^',
  aS: '=',
  pL: '+=',
  mI: '-=',
  ls: '<<',
  rs: '>>',
  eq: '==',
  ne: '!=',
  lt: '<',
  gt: '>',
  le: '<=',
  ge: '>=',
  nt: '!',
  aa: '&&',
  oo: '||',
  pp: '++',
  mm: '--',
  cm: ',',
  pt: '->',
  cl: '()',
  ix: '[]',
}

/** Suffix of an integer literal by its type; other types are written as a cast. */
const LITERAL_SUFFIX: Record<string, string> = { i: '', j: 'u', l: 'l', m: 'ul', x: 'll', y: 'ull' }

/** Where a declarator such as `*` goes in a function type. */
const HOLE = '\u0001'

/** Symbols can nest, and through substitutions grow, without bound; real names stay far below. */
const MAX_DEPTH = 200
const MAX_LENGTH = 1 << 16
const MAX_TOTAL_LENGTH = 1 << 22

class Unsupported extends Error {}

class Reader {
  #at: number
  #depth = 0
  #written = 0
  /** Whether the last nested name is of a const member function. */
  #isConst = false
  readonly #substitutions: string[] = []
  #templateArgs: string[] = []

  constructor(
    private readonly text: string,
    from: number,
  ) {
    this.#at = from
  }

  /** encoding ::= name, of which only the name is kept. */
  name(): string {
    return this.#name()
  }

  get #peek(): string {
    return this.text[this.#at] ?? ''
  }

  #accept(token: string): boolean {
    if (!this.text.startsWith(token, this.#at)) return false
    this.#at += token.length
    return true
  }

  #expect(token: string): void {
    if (!this.#accept(token)) throw new Unsupported()
  }

  #number(): number {
    const start = this.#at
    while (this.#peek >= '0' && this.#peek <= '9') this.#at++
    if (start === this.#at) throw new Unsupported()
    return Number(this.text.slice(start, this.#at))
  }

  #name(): string {
    if (++this.#depth > MAX_DEPTH) throw new Unsupported()
    try {
      if (this.#accept('N')) return this.#nested()
      if (this.#accept('Z')) return this.#local()
      let name: string
      if (this.#peek === 'S' && this.text[this.#at + 1] !== 't') {
        name = this.#substitution()
      } else {
        const inStd = this.#accept('St')
        name = (inStd ? 'std::' : '') + this.#unqualified('')
        if (this.#peek === 'I') this.#substitutions.push(name)
      }
      return this.#peek === 'I' ? name + this.#templateArguments() : name
    } finally {
      this.#depth--
    }
  }

  #nested(): string {
    let isConst = false
    while (/[rVKRO]/.test(this.#peek)) isConst = this.text[this.#at++] === 'K' || isConst
    let name = ''
    let last = ''
    for (;;) {
      if (this.#accept('E')) {
        this.#isConst = isConst
        return name
      }
      if (this.#peek === 'I') {
        name += this.#templateArguments()
      } else if (this.#peek === 'S' && name === '') {
        name = this.#accept('St') ? 'std' : this.#substitution()
        if (name !== 'std') continue
        last = 'std'
        continue
      } else if (this.#peek === 'T' && name === '') {
        name = this.#templateParameter()
      } else if (this.#peek === 'D' && /[tT]/.test(this.text[this.#at + 1] ?? '')) {
        throw new Unsupported()
      } else if (this.#peek === 'C' && /[1-5]/.test(this.text[this.#at + 1] ?? '')) {
        this.#at += 2
        name += `::${last}`
      } else if (this.#peek === 'D' && /[0-5]/.test(this.text[this.#at + 1] ?? '')) {
        this.#at += 2
        name += `::~${last}`
      } else if (this.#accept('M')) {
        continue
      } else {
        last = this.#unqualified(last)
        name += (name === '' ? '' : '::') + last
      }
      if (name.length > MAX_LENGTH) throw new Unsupported()
      if (this.#peek !== 'E') this.#substitutions.push(name)
    }
  }

  /** Z function E entity: the function with its parameters, then the entity in it. */
  #local(): string {
    const outer = this.#function()
    this.#expect('E')
    if (this.#accept('s')) {
      this.#discriminator()
      return `${outer}::string literal`
    }
    if (this.#accept('d')) {
      if (this.#peek !== '_') this.#number()
      this.#expect('_')
    }
    const entity = this.#name()
    this.#discriminator()
    return `${outer}::${entity}`
  }

  #discriminator(): void {
    if (this.#accept('__')) {
      this.#number()
      this.#expect('_')
    } else if (this.#peek === '_' && /\d/.test(this.text[this.#at + 1] ?? '')) {
      this.#at += 2
    }
  }

  /** A function inside another name: its name and parameter list. */
  #function(): string {
    const saved = this.#templateArgs
    this.#isConst = false
    const name = this.#name()
    const suffix = this.#isConst ? ' const' : ''
    const isTemplate = name.endsWith('>') && !name.endsWith('operator>')
    if (isTemplate && this.#peek !== 'E') this.#type()
    const parameters: string[] = []
    while (this.#peek !== 'E' && this.#peek !== '') parameters.push(this.#type())
    this.#templateArgs = saved
    const list = parameters.length === 1 && parameters[0] === 'void' ? '' : parameters.join(', ')
    return `${name}(${list})${suffix}`
  }

  #unqualified(enclosing: string): string {
    const c = this.#peek
    let name: string
    if (c >= '0' && c <= '9') {
      name = this.#source()
    } else if (c === 'L') {
      this.#at++
      name = this.#source()
    } else if (this.#accept('Ul')) {
      name = this.#closure()
    } else if (this.#accept('Ut')) {
      name = `{unnamed type#${this.#ordinal()}}`
    } else if (this.#accept('cv')) {
      name = `operator ${this.#type()}`
    } else if (this.#accept('li')) {
      name = `operator"" ${this.#source()}`
    } else {
      const operator = OPERATORS[this.text.slice(this.#at, this.#at + 2)]
      if (operator === undefined) throw new Unsupported()
      this.#at += 2
      name = `operator${operator}`
    }
    while (this.#accept('B')) name += `[abi:${this.#source()}]`
    return name === '' ? enclosing : name
  }

  #closure(): string {
    const parameters: string[] = []
    while (this.#peek !== 'E' && this.#peek !== '') parameters.push(this.#type())
    this.#expect('E')
    const list = parameters.length === 1 && parameters[0] === 'void' ? '' : parameters.join(', ')
    return `{lambda(${list})#${this.#ordinal()}}`
  }

  /** [number] _ counts from one: "_" is the first, "0_" the second. */
  #ordinal(): number {
    const n = this.#peek === '_' ? 1 : this.#number() + 2
    this.#expect('_')
    return n
  }

  #source(): string {
    const length = this.#number()
    if (this.#at + length > this.text.length) throw new Unsupported()
    const name = this.text.slice(this.#at, this.#at + length)
    this.#at += length
    return name.startsWith('_GLOBAL__N') ? '(anonymous namespace)' : name
  }

  #templateArguments(): string {
    this.#expect('I')
    const args: string[] = []
    this.#templateArgs = args
    while (!this.#accept('E')) {
      this.#templateArgument(args)
      this.#templateArgs = args
    }
    const list = args.join(', ')
    if (list.length > MAX_LENGTH) throw new Unsupported()
    return `<${list}${list.endsWith('>') ? ' ' : ''}>`
  }

  #templateArgument(into: string[]): void {
    this.#parameterDeclaration()
    if (this.#accept('L')) into.push(this.#literal())
    else if (this.#accept('X')) {
      into.push(this.#expression())
      this.#expect('E')
    } else if (this.#accept('J')) {
      while (!this.#accept('E')) this.#templateArgument(into)
    } else into.push(this.#type())
  }

  /** Ty, Tn type, Tt … E, Tp …: the declared kind of a parameter, written before some arguments. */
  #parameterDeclaration(): void {
    if (this.#peek !== 'T') return
    if (this.#accept('Ty')) return
    if (this.#accept('Tn')) {
      this.#type()
    } else if (this.#accept('Tp')) {
      this.#parameterDeclaration()
    } else if (this.#accept('Tt')) {
      while (!this.#accept('E')) {
        if (this.#peek !== 'T') throw new Unsupported()
        this.#parameterDeclaration()
      }
    }
  }

  #literal(): string {
    if (this.#accept('_Z') || this.#accept('Z')) {
      const name = this.#function()
      this.#expect('E')
      return name
    }
    const code = this.#peek
    const type = this.#type()
    if (type === 'decltype(nullptr)') {
      this.#accept('0')
      this.#expect('E')
      return 'nullptr'
    }
    const end = this.text.indexOf('E', this.#at)
    if (end < 0) throw new Unsupported()
    const value = this.text.slice(this.#at, end).replace(/^n/, '-')
    this.#at = end + 1
    if (type === 'bool') return value === '0' ? 'false' : 'true'
    const suffix = LITERAL_SUFFIX[code]
    return suffix === undefined || !/^-?\d+$/.test(value) ? `(${type})${value}` : value + suffix
  }

  #expression(): string {
    if (++this.#depth > MAX_DEPTH) throw new Unsupported()
    try {
      if (this.#accept('L')) return this.#literal()
      if (this.#accept('ad')) return `&(${this.#expression()})`
      if (this.#peek === 'T') return this.#templateParameter()
      if (this.#accept('st')) return `sizeof (${this.#type()})`
      if (this.#accept('nt')) return `!(${this.#expression()})`
      if (this.#accept('ng')) return `-(${this.#expression()})`
      const operator = OPERATORS[this.text.slice(this.#at, this.#at + 2)]
      if (operator === undefined || operator.startsWith(' ')) throw new Unsupported()
      this.#at += 2
      return `(${this.#expression()})${operator}(${this.#expression()})`
    } finally {
      this.#depth--
    }
  }

  #templateParameter(): string {
    this.#expect('T')
    const index = this.#peek === '_' ? 0 : this.#number() + 1
    this.#expect('_')
    return this.#templateArgs[index] ?? `T${index}`
  }

  #substitution(): string {
    this.#expect('S')
    const c = this.#peek
    if (Object.hasOwn(STANDARD, c)) {
      this.#at++
      return STANDARD[c]!
    }
    const end = this.text.indexOf('_', this.#at)
    if (end < 0) throw new Unsupported()
    const digits = this.text.slice(this.#at, end)
    this.#at = end + 1
    const index = digits === '' ? 0 : Number.parseInt(digits, 36) + 1
    const found = this.#substitutions[index]
    if (found === undefined) throw new Unsupported()
    return found
  }

  #type(): string {
    return this.#anyType().replace(`(${HOLE})`, '')
  }

  /** A type; a function type keeps the place of its declarator. */
  #anyType(): string {
    if (++this.#depth > MAX_DEPTH) throw new Unsupported()
    try {
      const type = this.#readType()
      this.#written += type.length
      if (type.length > MAX_LENGTH || this.#written > MAX_TOTAL_LENGTH) throw new Unsupported()
      return type
    } finally {
      this.#depth--
    }
  }

  #readType(): string {
    const two = TWO_LETTER_BUILTINS[this.text.slice(this.#at, this.#at + 2)]
    if (two !== undefined) {
      this.#at += 2
      return two
    }
    const c = this.#peek
    const builtin = BUILTINS[c]
    if (builtin !== undefined) {
      this.#at++
      return builtin
    }
    if (this.#accept('DF')) {
      const bits = this.#number()
      if (this.#accept('b')) return `std::bfloat${bits}_t`
      this.#accept('x')
      this.#expect('_')
      return `_Float${bits}`
    }
    let type: string
    if (/[rVK]/.test(c)) {
      let qualifiers = ''
      while (/[rVK]/.test(this.#peek)) {
        const q = this.text[this.#at++]
        qualifiers += q === 'K' ? ' const' : q === 'V' ? ' volatile' : ' restrict'
      }
      type = this.#anyType() + qualifiers
    } else if (c === 'P' || c === 'R' || c === 'O') {
      this.#at++
      const declarator = c === 'P' ? '*' : c === 'R' ? '&' : '&&'
      const target = this.#anyType()
      type = target.includes(HOLE) ? target.replace(HOLE, declarator + HOLE) : target + declarator
    } else if (this.#accept('U')) {
      const qualifier = this.#source()
      if (this.#peek === 'I') this.#templateArguments()
      type = `${this.#anyType()} ${qualifier}`
    } else if (this.#accept('u')) {
      type = this.#source()
    } else if (this.#accept('F')) {
      type = this.#functionType()
    } else if (this.#accept('A')) {
      const size = /\d/.test(this.#peek) ? String(this.#number()) : ''
      if (size === '' && this.#peek !== '_') throw new Unsupported()
      this.#expect('_')
      type = `${this.#anyType()} [${size}]`
    } else if (this.#accept('M')) {
      const owner = this.#anyType()
      const member = this.#anyType()
      type = member.includes(HOLE)
        ? member.replace(HOLE, `${owner}::*${HOLE}`)
        : `${member} ${owner}::*`
    } else if (this.#accept('Dp')) {
      type = this.#anyType()
    } else if (this.#accept('Dv')) {
      const size = this.#number()
      this.#expect('_')
      type = `${this.#anyType()} __vector(${size})`
    } else if (c === 'T' && !/[sue]/.test(this.text[this.#at + 1] ?? '')) {
      type = this.#templateParameter()
      if (this.#peek === 'I') {
        this.#substitutions.push(type)
        const saved = this.#templateArgs
        type += this.#templateArguments()
        this.#templateArgs = saved
      }
    } else if (c === 'S' && this.text[this.#at + 1] !== 't') {
      type = this.#substitution()
      if (this.#peek !== 'I') return type
      const saved = this.#templateArgs
      type += this.#templateArguments()
      this.#templateArgs = saved
    } else {
      this.#accept('Ts') || this.#accept('Tu') || this.#accept('Te')
      if (this.#peek === 'D') throw new Unsupported()
      const saved = this.#templateArgs
      type = this.#name()
      this.#templateArgs = saved
    }
    this.#substitutions.push(type.replace(`(${HOLE})`, ''))
    return type
  }

  #functionType(): string {
    this.#accept('Y')
    const result = this.#type()
    const parameters: string[] = []
    while (this.#peek !== 'E' && this.#peek !== '') parameters.push(this.#type())
    this.#expect('E')
    const list = parameters.length === 1 && parameters[0] === 'void' ? '' : parameters.join(', ')
    return `${result} (${HOLE})(${list})`
  }
}

/**
 * The name in an Itanium-mangled symbol, with template arguments and without parameters:
 * `_ZN5aiter6kernelILi4EEEvPf` is `aiter::kernel<4>`. Text that is not a symbol comes back as it is.
 */
export function demangle(symbol: string): string {
  const start = /^_{1,3}Z/.exec(symbol)
  if (start === null) return symbol
  try {
    return new Reader(symbol, start[0].length).name().replaceAll(HOLE, '')
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error
    return identifiers(symbol)
  }
}

/** The identifiers of a symbol that cannot be read whole. */
function identifiers(symbol: string): string {
  const text = symbol.replace(/L[a-z]n?\d+E/g, '')
  const names: string[] = []
  for (let at = 2; at < text.length; ) {
    const digits = /^[1-9]\d{0,3}/.exec(text.slice(at, at + 4))?.[0]
    const length = Number(digits)
    const name = digits && text.slice(at + digits.length, at + digits.length + length)
    if (name && name.length === length && /^[A-Za-z_]\w*$/.test(name)) {
      names.push(name.startsWith('_GLOBAL__N') ? '(anonymous namespace)' : name)
      at += digits.length + length
    } else at++
  }
  return names.length > 0 ? names.join('::') : symbol
}
