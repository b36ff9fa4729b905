// The line of a YAML file by which editors find its JSON Schema (yaml-language-server, "inline schema").

/** Where the command's package lies once it is published, file by file. */
const SCHEMAS = 'https://unpkg.com/@flowsim/cli/schemas'

/** The first line of a configuration or a comparison that an editor is to complete and to check. */
export function schemaLine(document: 'serving' | 'comparison'): string {
  return `# yaml-language-server: $schema=${SCHEMAS}/${document}.1.json\n`
}
