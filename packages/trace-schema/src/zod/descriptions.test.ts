import { readdirSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { z } from 'zod'
import * as schemas from './index.js'

interface Described {
  description?: string
  properties?: Record<string, Described>
  items?: Described
  anyOf?: Described[]
}

const folder = new URL('..', import.meta.url)

/** The comments of every field of every interface, `Name.field` or `Name.field.inner` by `text`. */
function comments(): Map<string, string> {
  const found = new Map<string, string>()
  for (const file of readdirSync(folder).filter((name) => /^[a-z-]+\.ts$/.test(name))) {
    const source = ts.createSourceFile(
      file,
      readFileSync(new URL(file, folder), 'utf8'),
      ts.ScriptTarget.ES2022,
      true,
    )
    source.forEachChild((node) => {
      if (ts.isInterfaceDeclaration(node)) visit(node.members, node.name.text, found)
    })
  }
  return found
}

function visit(members: ts.NodeArray<ts.TypeElement>, path: string, found: Map<string, string>) {
  for (const member of members) {
    if (!ts.isPropertySignature(member) || member.type === undefined) continue
    const name = `${path}.${(member.name as ts.Identifier).text}`
    const text = ts
      .getJSDocCommentsAndTags(member)
      .map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? '')
      .join(' ')
    found.set(name, text.replace(/\s+/g, ' '))
    const literal = member.type.getChildren().concat(member.type).find(ts.isTypeLiteralNode)
    if (literal !== undefined) visit(literal.members, name, found)
    else if (ts.isUnionTypeNode(member.type)) {
      const inner = member.type.types.find(ts.isTypeLiteralNode)
      if (inner !== undefined) visit(inner.members, name, found)
    }
  }
}

function said(schema: Described, path: string, found: Map<string, string>): void {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const own = [field, ...(field.anyOf ?? [])]
    found.set(`${path}.${name}`, field.description ?? '')
    for (const each of own) said(each.items ?? each, `${path}.${name}`, found)
  }
}

const ofInterface = comments()

it.each(
  Object.entries<unknown>(schemas).filter(
    (entry): entry is [string, z.ZodObject] => entry[1] instanceof z.ZodObject,
  ),
)('%s: the interface says of each field what the schema says', (name, schema) => {
  const type = name[0]!.toUpperCase() + name.slice(1, -'Schema'.length)
  const ofSchema = new Map<string, string>()
  said(z.toJSONSchema(schema) as Described, type, ofSchema)
  const fields = [...ofSchema].filter(([field]) => ofInterface.has(field))
  expect(fields.length).toBeGreaterThan(1)
  expect(Object.fromEntries(fields.map(([field]) => [field, ofInterface.get(field)]))).toEqual(
    Object.fromEntries(fields),
  )
})
