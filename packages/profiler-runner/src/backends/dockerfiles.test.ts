// The Dockerfiles of docker/, checked without an engine: the parser's own findings, and the rules of
// hadolint that matter here, by their numbers.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Dockerfile, DockerfileParser, type From, type Instruction } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const files = readdirSync(`${root}docker`).filter((name) => name.endsWith('Dockerfile'))

/** Faults of a Dockerfile, as `DL3007 line 3: …`. */
function faults(text: string): string[] {
  const file = DockerfileParser.parse(text)
  const found: string[] = []
  const fault = (rule: string, instruction: Instruction, what: string) =>
    found.push(`${rule} line ${instruction.getRange()!.start.line + 1}: ${what}`)
  const argsOf = (instruction: Instruction) => instruction.getArgumentsContent() ?? ''
  const lines = text.split('\n')
  const isIgnored = (rule: string, instruction: Instruction) =>
    lines[instruction.getRange()!.start.line - 1]?.includes(`hadolint ignore=${rule}`)
  const aliases = new Set(file.getFROMs().map((from) => from.getBuildStage()))

  for (const instruction of file.getInstructions()) {
    const args = argsOf(instruction)
    switch (instruction.getKeyword()) {
      case 'FROM': {
        const from = instruction as From
        const tag = from.getImageTag()
        if (isIgnored('DL3006', instruction) || aliases.has(from.getImage())) break
        if (tag === null && from.getImageDigest() === null) fault('DL3006', instruction, 'no tag')
        if (tag === 'latest') fault('DL3007', instruction, 'latest')
        break
      }
      case 'WORKDIR':
        if (!args.startsWith('/')) fault('DL3000', instruction, 'relative')
        break
      case 'ADD':
        fault('DL3020', instruction, 'COPY copies files')
        break
      case 'CMD':
      case 'ENTRYPOINT':
        if (!args.startsWith('[')) fault('DL3025', instruction, 'shell form')
        break
      case 'EXPOSE':
        if (!args.split(/\s+/).every((port) => Number.parseInt(port, 10) <= 65_535)) {
          fault('DL3011', instruction, 'no such port')
        }
        break
      case 'COPY': {
        const stage = /--from=(\S+)/.exec(instruction.toString())?.[1]
        if (stage !== undefined && !aliases.has(stage))
          fault('DL3022', instruction, `no stage ${stage}`)
        break
      }
      case 'RUN': {
        if (/\bsudo\b/.test(args)) fault('DL3004', instruction, 'sudo')
        if (/^cd\s/.test(args)) fault('DL3003', instruction, 'WORKDIR changes the folder')
        if (/apt-get (?:dist-)?upgrade/.test(args)) fault('DL3005', instruction, 'upgrade')
        if (/apt-get install/.test(args) && !/--no-install-recommends/.test(args)) {
          fault('DL3015', instruction, 'recommended packages')
        }
        if (/curl|wget/.test(args)) fault('DL4001', instruction, 'unpinned download')
        if (/npx (?!-y \S+@\d)/.test(args) || /npm install (?!.*@\d)/.test(args)) {
          fault('DL3016', instruction, 'no version')
        }
      }
    }
  }
  if (repeated(file, 'CMD') || repeated(file, 'ENTRYPOINT')) found.push('DL4003: one of each')
  return found
}

function lastStage(file: Dockerfile): Instruction[] {
  const all = file.getInstructions()
  return all.slice(all.findLastIndex((instruction) => instruction.getKeyword() === 'FROM'))
}

function repeated(file: Dockerfile, keyword: string): boolean {
  return lastStage(file).filter((instruction) => instruction.getKeyword() === keyword).length > 1
}

describe('the Dockerfiles', () => {
  it('are one for the service and one for profiling', () => {
    expect(files).toEqual(['profile.Dockerfile', 'service.Dockerfile'])
  })

  for (const name of files) {
    const text = readFileSync(`${root}docker/${name}`, 'utf8')
    const file = DockerfileParser.parse(text)

    it(`${name}: has no fault`, () => {
      expect(validate(text).map(({ message }) => message)).toEqual([])
      expect(faults(text)).toEqual([])
    })

    it(`${name}: builds in one stage and ships another`, () => {
      expect(file.getFROMs()).toHaveLength(2)
      const shipped = lastStage(file).map((instruction) => instruction.toString())
      expect(shipped.join('\n')).toMatch(/--from=build .*\/app/)
      expect(shipped.join('\n')).not.toMatch(/pnpm|COPY \. /)
    })

    it(`${name}: uses the versions of the workspace`, () => {
      const { packageManager, engines } = JSON.parse(
        readFileSync(`${root}package.json`, 'utf8'),
      ) as {
        packageManager: string
        engines: { node: string }
      }
      expect(text).toContain(`npx -y ${packageManager} `)
      const [major, minor] = /FROM node:(\d+)\.(\d+)/.exec(text)!.slice(1).map(Number)
      const [least, leastMinor] = /(\d+)\.(\d+)/.exec(engines.node)!.slice(1).map(Number)
      expect(major! > least! || (major === least && minor! >= leastMinor!)).toBe(true)
    })
  }

  it('service.Dockerfile: does not run as root, and says whether it is well', () => {
    const shipped = lastStage(
      DockerfileParser.parse(readFileSync(`${root}docker/service.Dockerfile`, 'utf8')),
    )
    const keywords = shipped.map((instruction) => instruction.getKeyword())
    expect(keywords).toContain('HEALTHCHECK')
    expect(shipped.find((i) => i.getKeyword() === 'USER')?.getArgumentsContent()).toBe('node')
  })

  it('copy nothing that was built outside', () => {
    const ignored = readFileSync(`${root}.dockerignore`, 'utf8').split('\n')
    expect(ignored).toEqual(expect.arrayContaining(['.git', '**/node_modules', '**/dist']))
    expect(existsSync(`${root}.git`)).toBe(true)
  })

  it('would be found out if they had faults', () => {
    const bad =
      'FROM node:latest\nFROM debian\nWORKDIR src\nRUN sudo apt-get install x\nCOPY --from=nope a b\nCMD a b\n'
    expect(faults(bad).map((text) => text.split(' ')[0])).toEqual([
      'DL3007',
      'DL3006',
      'DL3000',
      'DL3004',
      'DL3015',
      'DL3022',
      'DL3025',
    ])
  })
})
