// SQLite in memory, by sql.js: where there is no file system.
import { TraceParseError } from '../errors.js'
import { joined } from '../input/chunks.js'
import { missing } from '../needed.js'
import type { Cell, Connection, Row } from './database.js'

/** As sql.js has it; its declarations lack the option. */
type ReadCells = (params: null, options: { useBigInt: true }) => Cell[]

/** Opens the database that these bytes are. */
export async function openInMemory(
  source: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<Connection> {
  const { default: load } = await import('sql.js').catch(missing('sql.js', source))
  const bytes = await joined(chunks)
  const SQL = await load()
  const database = open()
  return {
    *rows(sql) {
      const statement = database.prepare(sql)
      const read = statement.get.bind(statement) as unknown as ReadCells
      try {
        const names = statement.getColumnNames()
        while (statement.step()) {
          const cells = read(null, { useBigInt: true })
          const row: Row = {}
          names.forEach((name, i) => {
            row[name] = plain(cells[i]!)
          })
          yield row
        }
      } finally {
        statement.free()
      }
    },
    close: () => database.close(),
  }

  function open() {
    try {
      return new SQL.Database(bytes)
    } catch (cause) {
      throw new TraceParseError('corrupt', 'the SQLite file cannot be opened; export it again', {
        source,
        cause,
      })
    }
  }
}

function plain(cell: Cell): Cell {
  if (typeof cell !== 'bigint') return cell
  const number = Number(cell)
  return Number.isSafeInteger(number) ? number : cell
}
