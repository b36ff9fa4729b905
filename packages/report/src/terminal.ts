/**
 * Results on a terminal: tables and small plots of a width, without the pages that the rest of the package
 * makes.
 *
 * @module
 */

export {
  type Bar,
  renderBars,
  renderScatter,
  renderShares,
  renderSparkline,
  type ScatterOptions,
} from './render-plots.js'
export { renderTable, type TableCell, type TableColumn, type TableOptions } from './render-table.js'
export { cutMiddle, cutText, padText, textWidth, type WrapOptions, wrapText } from './text-width.js'
