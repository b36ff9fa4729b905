// Names of the tracks of Chrome traces, for tests.

export const named = (pid: number, name: string) => ({
  ph: 'M',
  pid,
  name: 'process_name',
  args: { name },
})
export const threadNamed = (pid: number, tid: number, name: string) => ({
  ph: 'M',
  pid,
  tid,
  name: 'thread_name',
  args: { name },
})
