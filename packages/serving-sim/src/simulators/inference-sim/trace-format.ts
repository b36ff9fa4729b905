// inference-sim's traces in µs: arrival_us, prompts with their prefix or without, prefix groups, deadlines.
import { tableFormat } from '../../workload/trace-format.js'

export const inferenceSimTrace = tableFormat({
  name: 'inference-sim',
  columns: ['arrival_us', 'output_tokens'],
  request(table, row) {
    const isWhole = table.has('input_tokens_incl_prefix')
    const prefixTokens = table.has('prefix_tokens') ? table.tokens(row, 'prefix_tokens', 0) : 0
    const inputTokens = isWhole
      ? table.tokens(row, 'input_tokens_incl_prefix', 1)
      : prefixTokens + table.tokens(row, 'input_tokens_excl_prefix', 0)
    const deadlineUs = table.has('deadline_us') ? table.integer(row, 'deadline_us', 0) : 0
    return {
      id: table.text(row, 'id'),
      arrivalNs: table.integer(row, 'arrival_us', 0) * 1000,
      inputTokens,
      outputTokens: table.tokens(row, 'output_tokens', 0),
      ...(prefixTokens > 0
        ? { prefixGroup: table.text(row, 'prefix_group') || 'prefix', prefixTokens }
        : {}),
      ...(deadlineUs > 0 ? { deadlineNs: deadlineUs * 1000 } : {}),
    }
  },
})
