// How many tokens of a language model an image takes, and how many patches its tower encodes.
//
// Sources: image processors of transformers 5.18.0 (qwen2_vl, glm4v, gemma4, pixtral, got_ocr2, llama4); Kimi K2.5's
// navit_resize_image, as vLLM has it. Markers around images and between rows or tiles are left out.
import { ModelGraphError } from '../errors.js'
import type { Tower } from '../model.js'
import type { ImageRule, ImageSize } from './image-rule.js'
import { tilesOf } from './tiles.js'

/** What an image is to a model. */
export interface ImageTokens {
  /** Tokens that the tower gives the language model. */
  tokens: number
  /** Patches that the tower encodes. */
  patches: number
}

/**
 * The tokens of an image; null where it is not known how the model sizes images.
 * @throws {@link ModelGraphError} `invalid_option` for a size that no image has
 */
export function imageTokens(tower: Tower, size: ImageSize): ImageTokens | null {
  for (const name of ['width', 'height'] as const) {
    if (Number.isSafeInteger(size[name]) && size[name] > 0) continue
    throw new ModelGraphError(
      'invalid_option',
      `${name}: is ${size[name]}, not a number of pixels`,
      {
        path: name,
      },
    )
  }
  const { image, patch = 14, merge = 1 } = tower
  if (image === undefined) return null
  if (image.type === 'square' || image.type === 'tiles') {
    const tiles = image.type === 'square' ? 1 : tilesOf(image, size)
    return { tokens: tiles * image.tokens, patches: tiles * (image.side / patch) ** 2 }
  }
  const { width, height } = sized(image, size, { patch, side: patch * merge })
  const tokens = width * height
  return { tokens, patches: tokens * merge * merge }
}

/** Tokens side by side, each of `side` pixels. */
function sized(
  rule: Exclude<ImageRule, { type: 'square' | 'tiles' }>,
  size: ImageSize,
  { patch, side }: { patch: number; side: number },
): ImageSize {
  switch (rule.type) {
    case 'nearest':
      return nearest(rule, size, side)
    case 'largest':
      return largest(rule, size, side)
    case 'padded':
      return padded(rule, size, patch, side)
    case 'longest-side': {
      const ratio = Math.max(1, size.width / rule.maxPixels, size.height / rule.maxPixels)
      return each(size, (pixels) => Math.ceil(Math.floor(pixels / ratio) / side))
    }
  }
}

function nearest(
  { minPixels, maxPixels }: Extract<ImageRule, { type: 'nearest' }>,
  size: ImageSize,
  side: number,
): ImageSize {
  const pixels = size.width * size.height
  const near = each(size, (length) => Math.max(1, halfToEven(length / side)))
  const area = near.width * near.height * side * side
  if (area > maxPixels) {
    const shrink = Math.sqrt(pixels / maxPixels)
    return each(size, (length) => Math.max(1, Math.floor(length / shrink / side)))
  }
  if (area >= minPixels) return near
  const grow = Math.sqrt(minPixels / pixels)
  return each(size, (length) => Math.ceil((length * grow) / side))
}

function largest(
  { maxTokens }: Extract<ImageRule, { type: 'largest' }>,
  size: ImageSize,
  side: number,
): ImageSize {
  const { width, height } = size
  const grow = Math.sqrt((maxTokens * side * side) / (width * height))
  const most = each(size, (length) => Math.floor((length * grow) / side))
  if (most.width > 0 && most.height > 0) return most
  // So narrow that a side would vanish: one token wide, and as long as it may be.
  return most.height === 0
    ? { height: 1, width: Math.min(maxTokens, Math.floor(width / height)) }
    : { width: 1, height: Math.min(maxTokens, Math.floor(height / width)) }
}

function padded(
  { maxPatches, maxPatchesOfSide }: Extract<ImageRule, { type: 'padded' }>,
  size: ImageSize,
  patch: number,
  side: number,
): ImageSize {
  const { width, height } = each(size, (length) => Math.max(1, Math.floor(length / patch)))
  const longest = maxPatchesOfSide * patch
  const scale = Math.min(
    1,
    Math.sqrt(maxPatches / (width * height)),
    longest / size.width,
    longest / size.height,
  )
  return each(size, (length) => Math.ceil(Math.max(1, Math.floor(length * scale)) / side))
}

const each = ({ width, height }: ImageSize, of: (length: number) => number): ImageSize => ({
  width: of(width),
  height: of(height),
})

/** As Python rounds. */
function halfToEven(value: number): number {
  const rounded = Math.round(value)
  return rounded - value === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded
}
