// The whole step: embedding, layers, head, and the hand-over between stages of a pipeline.
import type { OpCallOf } from '@flowsim/trace-schema'
import { addExperts } from '../blocks/experts.js'
import { addLayerExtras, addStreams } from '../blocks/extras.js'
import { addDense } from '../blocks/feed-forward.js'
import { blockOf } from '../blocks/mixer.js'
import { ModelGraphError } from '../errors.js'
import { type LayerGroup, type LayerKind, layerGroups } from '../model.js'
import type { ProgramBuilder, Rows } from './builder.js'

/**
 * Adds the operations of a step.
 * @param expanded - every layer in turn, instead of one set of operations for each kind of layer
 */
export function addStep(b: ProgramBuilder, expanded: boolean): void {
  const { stage } = b.options
  const { stages } = b.layout
  if (stage !== undefined && stages[stage] === undefined) {
    throw new ModelGraphError(
      'invalid_option',
      `stage: is ${String(stage)}; the pipeline has stages 0 to ${stages.length - 1}`,
      { path: 'stage' },
    )
  }
  const last = stages.length - 1
  if (stage === undefined && !expanded) {
    addEmbedding(b)
    addLayers(b, layerGroups(b.model))
    b.leaveLayers()
    addHandOver(b, 'send', last)
    addHead(b)
    return
  }
  for (const [index, { first, count }] of stages.entries()) {
    if (stage !== undefined && stage !== index) continue
    b.leaveLayers()
    if (index === 0) addEmbedding(b)
    else if (stage !== undefined) addHandOver(b, 'recv', 1)
    const groups = layerGroups(b.model, first, count)
    addLayers(b, expanded ? inOrder(groups) : groups)
    b.leaveLayers()
    if (index === last) addHead(b)
    else addHandOver(b, 'send', 1)
  }
}

function inOrder(groups: LayerGroup[]): LayerGroup[] {
  return groups
    .flatMap(({ kind, layers }) => layers.map((layer) => ({ kind, layers: [layer] })))
    .sort((a, b) => a.layers[0]! - b.layers[0]!)
}

function addLayers(b: ProgramBuilder, groups: LayerGroup[]): void {
  for (const { kind, layers } of groups) {
    b.enterLayers(layers)
    addLayer(b, kind, layers[0] === 0)
  }
}

function addEmbedding(b: ProgramBuilder): void {
  const { hidden, vocab, embeddingDim = hidden, positions, others = [] } = b.model
  const { tensor, sequence, share } = b.layout
  const rows = normRows(b)
  if (vocab > 0) {
    addLookup(b, 'embed_tokens', 'tokens', embeddingDim, share(vocab, tensor))
    b.reduceTensor('embed', 'embed_tokens', sequence)
    if (embeddingDim !== hidden) {
      b.linear('embed_proj', 'embed_proj', {
        part: null,
        rows: 'tokens',
        n: hidden,
        k: embeddingDim,
      })
    }
  }
  for (const { name, linears = [] } of others) {
    for (const [index, { n, k, rowShare }] of linears.entries()) {
      const own = linears.length === 1 ? name : `${name}_${index}`
      b.linear(own, name, { part: null, rows: (sizes) => Math.ceil(sizes.tokens * rowShare), n, k })
    }
  }
  addPerLayerInputs(b)
  if (positions !== 'learned') return
  addLookup(b, 'embed_positions', rows, hidden, b.model.maxPositions ?? 1)
  b.pointwise('embed_add', 'embed_positions', { rows, cols: hidden, function: 'add', inputs: 2 })
}

function addLookup(
  b: ProgramBuilder,
  name: string,
  rows: Rows,
  width: number,
  vocab: number,
): void {
  const { activations: dtype } = b.dtypes
  const lookup: OpCallOf<'embedding'> = { op: 'embedding', tokens: 0, hidden: width, vocab, dtype }
  b.add(name, name, lookup, (call, sizes) => {
    call.tokens = sizes[rows]
  })
}

/** The embeddings that each layer gates in: a look-up for all layers, and a projection of the first. */
function addPerLayerInputs(b: ProgramBuilder): void {
  const { perLayerInput } = b.model.extras ?? {}
  if (perLayerInput === undefined) return
  const width = b.model.layers.length * perLayerInput.width
  addLookup(b, 'embed_per_layer', 'tokens', width, perLayerInput.vocab)
  b.linear('per_layer_model_proj', 'per_layer_model_projection', {
    part: null,
    rows: 'tokens',
    n: width,
    k: b.model.hidden,
  })
  b.pointwise('per_layer_add', 'per_layer_model_projection', {
    rows: 'tokens',
    cols: width,
    function: 'add',
    inputs: 2,
  })
}

/** Rows of norms and residual additions. */
function normRows(b: ProgramBuilder): Rows {
  return b.layout.sequence ? 'shardTokens' : 'tokens'
}

function addLayer(b: ProgramBuilder, kind: LayerKind, first: boolean): void {
  const { extras, residual } = b.model
  const rows = normRows(b)
  if (residual !== 'post') addInputNorm(b, rows, first)
  if (kind.mixer.type !== 'none') addMixing(b, kind)
  if (kind.ffn.type !== 'none') addFeedForward(b, kind)
  if (extras !== undefined) addLayerExtras(b, extras, rows)
}

/** Residuals are added in the norm that follows, where that can be. */
function isFused({ model: { norm, residual } }: ProgramBuilder): boolean {
  return norm === 'rmsnorm' && (residual === 'sequential' || residual === 'sandwich')
}

/** Tokens stay divided from attention to the end of the experts where each device dispatches its own. */
function isDivided({ layout: { dispatch, tensor } }: ProgramBuilder, { ffn }: LayerKind): boolean {
  return ffn.type === 'moe' && dispatch !== 'all_reduce' && tensor > 1
}

/** Rows of what stands between attention and feed-forward network. */
function middleRows(b: ProgramBuilder, kind: LayerKind): Rows {
  return b.layout.sequence || isDivided(b, kind) ? 'shardTokens' : 'tokens'
}

function addMixing(b: ProgramBuilder, kind: LayerKind): void {
  const { hidden, residual, extras } = b.model
  const { sequence } = b.layout
  const rows = middleRows(b, kind)
  if (extras !== undefined) addStreams(b, extras, normRows(b), 'self_attn')
  if (sequence) b.gatherTensor('attention_input', 'self_attn')
  blockOf(kind.mixer).addOps(b, kind.mixer)
  b.reduceTensor('attention', 'self_attn', sequence || isDivided(b, kind))
  if (residual === 'sandwich' || residual === 'post') {
    b.norm('post_attention_norm', 'post_self_attn_layernorm', rows, hidden, false)
  }
  if (residual === 'parallel' || isFused(b)) return
  b.pointwise('attention_residual', '', { rows, cols: hidden, function: 'add', inputs: 2 })
}

function addFeedForward(b: ProgramBuilder, kind: LayerKind): void {
  const { hidden, residual, extras } = b.model
  const { sequence } = b.layout
  const { mixer, ffn } = kind
  const rows = middleRows(b, kind)
  const divided = isDivided(b, kind)
  const alone = mixer.type === 'none'
  if ((residual === 'sequential' || residual === 'sandwich') && !alone) {
    b.norm('post_attention_layernorm', 'post_attention_layernorm', rows, hidden, isFused(b))
  }
  if (extras !== undefined) addStreams(b, extras, rows, 'mlp')
  if (sequence && !divided) b.gatherTensor('mlp_input', 'mlp')
  if (ffn.type === 'moe') addExperts(b, ffn)
  else if (ffn.type === 'dense') addDense(b, ffn)
  if (!divided) b.reduceTensor('mlp', 'mlp', sequence)
  else if (!sequence) b.gatherTensor('mlp_output', 'mlp')

  if (residual === 'sandwich' || residual === 'post') {
    b.norm('post_mlp_norm', 'post_mlp_layernorm', normRows(b), hidden, false)
  }
  if (isFused(b)) return
  b.pointwise('mlp_residual', '', {
    rows: normRows(b),
    cols: hidden,
    function: 'add',
    inputs: residual === 'parallel' ? 3 : 2,
  })
}

/** The first layer has no residual to add; the others have where the norm adds it. */
function addInputNorm(b: ProgramBuilder, rows: Rows, first: boolean): void {
  const { hidden } = b.model
  const plain = !isFused(b) ? b.layerCount : first ? 1 : 0
  b.only(plain, () => b.norm('input_layernorm', 'input_layernorm', rows, hidden, false))
  b.only(b.layerCount - plain, () =>
    b.norm('input_layernorm', 'input_layernorm', rows, hidden, true),
  )
}

function addHead(b: ProgramBuilder): void {
  const { hidden, vocab, embeddingDim = hidden, head, headBias } = b.model
  const { tensor, sequence, share } = b.layout
  const dtype = b.dtypes.activations
  b.norm('norm', 'norm', normRows(b), hidden, isFused(b))
  if (head === 'none') return
  if (sequence) b.gatherTensor('head_input', 'norm')
  b.leaveLayers('')
  const samples = { needs: 'samples', varies: 'samples' } as const
  const last: OpCallOf<'gather'> = { op: 'gather', rows: 0, cols: hidden, dtype }
  b.add(
    'last_tokens',
    'logits_processor',
    last,
    (call, sizes) => {
      // A batch that only decodes samples after every token: nothing to pick.
      call.rows = sizes.samples
    },
    { ...samples, needs: 'prefill' },
  )
  const columns = share(vocab, tensor)
  if (embeddingDim !== hidden) {
    b.linear('head_proj', 'head_proj', {
      part: null,
      rows: 'samples',
      n: embeddingDim,
      k: hidden,
      ...samples,
    })
  }
  b.linear('lm_head', 'lm_head', {
    part: 'head',
    rows: 'samples',
    n: columns,
    k: embeddingDim,
    ...samples,
    bias: headBias,
  })
  b.communicate('all_gather', 'logits_all_gather', 'logits_processor', {
    group: 'tensor',
    devices: tensor,
    elements: (sizes) => sizes.samples * columns * tensor,
    ...samples,
  })
  const sample: OpCallOf<'sampling'> = { op: 'sampling', rows: 0, cols: vocab, dtype: 'fp32' }
  b.add(
    'sample',
    'sampler',
    sample,
    (call, sizes) => {
      call.rows = sizes.samples
    },
    samples,
  )
}

function addHandOver(b: ProgramBuilder, op: 'send' | 'recv', times: number): void {
  if (times === 0) return
  const { hidden } = b.model
  const rows = normRows(b)
  b.communicate(op, `pipeline_${op}`, 'pipeline', {
    group: 'pipeline',
    devices: 2,
    elements: (sizes) => sizes[rows] * hidden,
    times,
  })
}
