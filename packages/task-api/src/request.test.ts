import { describe, expect, it } from 'vitest'
import { readTaskQuery, readTaskRequest } from './read-request.js'
import { requestKey, type TaskRequest } from './request.js'

describe('readTaskRequest', () => {
  it('fills in the defaults of the original, and leaves out what it does not know', () => {
    expect(readTaskRequest('{"kernel_name":"k","op":null,"priority":1}')).toEqual({
      kernel_name: 'k',
      op: null,
      input_dim: null,
      dtype: 'fp32',
      system_key: null,
    })
  })

  it('names each fault in the form of the original', () => {
    expect(readTaskRequest('{"kernel_name":5,"dtype":[1]}')).toEqual([
      { loc: ['body', 'kernel_name'], msg: 'str type expected', type: 'type_error.str' },
      { loc: ['body', 'op'], msg: 'field required', type: 'value_error.missing' },
      { loc: ['body', 'dtype'], msg: 'str type expected', type: 'type_error.str' },
    ])
    for (const nothing of ['', ' ', 'null']) {
      expect(readTaskRequest(nothing)).toEqual([
        { loc: ['body'], msg: 'field required', type: 'value_error.missing' },
      ])
    }
    for (const other of ['[]', '5', '"x"']) {
      expect(readTaskRequest(other)).toEqual([
        { loc: ['body'], msg: 'value is not a valid dict', type: 'type_error.dict' },
      ])
    }
    expect(readTaskRequest('{')).toMatchObject([{ type: 'value_error.jsondecode' }])
    expect(readTaskRequest('{"kernel_name":"k","op":"x","l2":"hot","system_key":1}')).toEqual([
      { loc: ['body', 'system_key'], msg: 'str type expected', type: 'type_error.str' },
      { loc: ['body', 'l2'], msg: '"warm" or "cold" expected', type: 'value_error' },
    ])
  })
})

describe('readTaskQuery', () => {
  it('reads truth values and seconds as FastAPI does', () => {
    expect(readTaskQuery({})).toEqual({ wait: false, timeout: 30 })
    for (const yes of ['true', 'True', '1', 'on', 'T', 'y', 'YES']) {
      expect(readTaskQuery({ wait: yes })).toMatchObject({ wait: true })
    }
    for (const no of ['false', '0', 'OFF', 'f', 'n', 'no']) {
      expect(readTaskQuery({ wait: no })).toMatchObject({ wait: false })
    }
    expect(readTaskQuery({ timeout: '0.5' })).toMatchObject({ timeout: 0.5 })
  })

  it('waits for an hour at most', () => {
    expect(readTaskQuery({ timeout: '1e9' })).toMatchObject({ timeout: 3600 })
    expect(readTaskQuery({ timeout: '-1' })).toMatchObject({ timeout: 0 })
  })

  it('names each fault in the form of the original', () => {
    expect(readTaskQuery({ wait: 'perhaps', timeout: ' ' })).toEqual([
      {
        loc: ['query', 'wait'],
        msg: 'value could not be parsed to a boolean',
        type: 'type_error.bool',
      },
      { loc: ['query', 'timeout'], msg: 'value is not a valid float', type: 'type_error.float' },
    ])
    expect(readTaskQuery({ timeout: 'Infinity' })).toMatchObject([{ type: 'type_error.float' }])
  })
})

describe('requestKey', () => {
  const request: TaskRequest = {
    kernel_name: 'a',
    op: 'gelu',
    input_dim: [5],
    dtype: 'fp16',
    system_key: 'h100_sxm',
  }

  it('leaves out the name of the kernel where an operation is named', () => {
    expect(requestKey({ ...request, kernel_name: 'b' })).toBe(requestKey(request))
    expect(requestKey({ ...request, kernel_name: 'b', op: '' })).not.toBe(
      requestKey({ ...request, op: '' }),
    )
  })

  it('has everything else that an answer depends on', () => {
    const others: Partial<TaskRequest>[] = [
      { op: 'silu' },
      { input_dim: [6] },
      { dtype: 'bf16' },
      { system_key: 'a100_sxm' },
      { model: 'tile' },
      { mode: 'heuristic-GPU' },
      { l2: 'cold' },
    ]
    const keys = [request, ...others.map((other) => ({ ...request, ...other }))].map(requestKey)
    expect(new Set(keys).size).toBe(keys.length)
  })
})
