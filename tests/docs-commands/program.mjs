// The built program in a process that stays: runs the words that come by message, in a folder that is its home too.
const [index] = process.argv.slice(2)
const { main } = await import(index)
const write = { out: process.stdout.write, err: process.stderr.write }

process.on('message', async ({ words, folder }) => {
  const said = { out: '', err: '' }
  const into = (stream) => (part) => {
    said[stream] += String(part)
    return true
  }
  process.chdir(folder)
  process.env.HOME = folder
  process.exitCode = undefined
  process.stdout.write = into('out')
  process.stderr.write = into('err')
  const code = await main(words)
  process.exitCode = undefined
  process.stdout.write = write.out
  process.stderr.write = write.err
  process.send({ code, ...said })
})
