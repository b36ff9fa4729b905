// The protobuf library, which programs install if they read or write such files.
import { missing } from '../needed.js'

/**
 * Its reader and writer of messages, loaded when they are needed.
 * @param source - the input, for the error
 * @throws TraceParseError `missing_library`
 */
export function protobufWire(source: string) {
  return import('@bufbuild/protobuf/wire').catch(missing('@bufbuild/protobuf', source))
}
