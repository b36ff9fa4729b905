// Names of repositories on hubs: org/name, org/name@revision, modelscope:org/name.

/** A repository. */
export interface HubId {
  hub: 'huggingface' | 'modelscope'
  /** `org/name`. */
  name: string
  revision: string | undefined
  /** The name states a hub or a revision, so that nothing built in can be meant. */
  stated: boolean
}

const ID = /^(?:(hf|huggingface|modelscope):)?([\w.-]+\/[\w.-]+)(?:@([\w./-]+))?$/

/** The repository of a name; undefined where it cannot be one. */
export function parseHubId(text: string): HubId | undefined {
  const match = ID.exec(text.trim())
  if (match === null || /(^|\/)\.{1,2}(\/|$)/.test(text)) return undefined
  const [, prefix, name, revision] = match
  return {
    hub: prefix === 'modelscope' ? 'modelscope' : 'huggingface',
    name: name!,
    revision,
    stated: prefix !== undefined || revision !== undefined,
  }
}
