import Bytes

/// The frames of one file of the log, read without a change to it.
package struct LogFileScan: Sendable {
    /// One frame.
    package struct Frame: Sendable {
        /// Where it begins in the file.
        package let offset: Int
        /// Where it begins in the log.
        package let position: UInt64
        /// Bytes of the payload as stored.
        package let storedByteCount: Int
        /// Bytes of the payload when not compressed.
        package let byteCount: Int
        /// Whether it is stored compressed.
        package let isCompressed: Bool
        /// What it holds.
        package let record: LogRecord
    }

    /// The whole frames, in order.
    package private(set) var frames: [Frame] = []
    /// What is wrong with the file, or nil; a torn end is nothing wrong.
    package private(set) var problem: String?
    /// Bytes behind the last whole frame.
    package private(set) var tornByteCount = 0
    /// The position behind the last whole frame.
    package private(set) var end: UInt64

    /// Reads the file whose first position is `first`; only the last of a log may have a torn end.
    package init(_ bytes: [UInt8], first: UInt64, isLast: Bool) {
        end = first
        if let problem = WriteAheadLog.headerProblem(bytes, first) {
            tornByteCount = bytes.count
            if !isLast || bytes.count > WriteAheadLog.headerByteCount { self.problem = "byte 0: \(problem)" }
            return
        }
        var offset = WriteAheadLog.headerByteCount
        while offset < bytes.count, let frame = WriteAheadLog.frame(bytes, at: offset, position: end) {
            let stored = Array(bytes[(offset + WriteAheadLog.frameByteCount)..<frame.end])
            do throws(CorruptBytes) {
                let payload = frame.isCompressed ? try LZ4.decompress(stored, size: frame.size) : stored
                frames.append(
                    Frame(
                        offset: offset, position: end, storedByteCount: stored.count, byteCount: frame.size,
                        isCompressed: frame.isCompressed, record: try LogRecord(kind: frame.kind, payload: payload)))
            } catch {
                problem = "byte \(offset), position \(end): \(error)"
                return
            }
            end += UInt64(frame.end - offset)
            offset = frame.end
        }
        tornByteCount = bytes.count - offset
        guard tornByteCount > 0 else { return }
        if !isLast || end < WriteAheadLog.durableEnd(bytes, behind: offset, first: first) {
            problem = "byte \(offset), position \(end): a corrupt record"
        }
    }
}
