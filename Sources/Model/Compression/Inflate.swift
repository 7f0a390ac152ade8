import CLZ4
import CZstd

/// Why bytes could not be inflated.
package enum InflateFailure: Error, Sendable {
    /// They are no such stream, or one that is cut off.
    case corrupt
    /// They would inflate to more than the limit.
    case tooLarge
}

/// How a payload may be compressed, by the names that publishers use.
package enum ContentEncoding: String, Sendable, CaseIterable {
    case identity, gzip, zstd, lz4

    /// The bytes as they were before; never more than `limit`.
    package func inflate(_ source: [UInt8], limit: Int) throws(InflateFailure) -> [UInt8] {
        switch self {
        case .identity: return source
        case .gzip: return try Gzip.inflate(source, limit: limit)
        case .zstd: return try ZstdFrames.inflate(source, limit: limit)
        case .lz4: return try LZ4Frames.inflate(source, limit: limit)
        }
    }
}

/// Zstandard frames, RFC 8878, one behind the other.
private enum ZstdFrames {
    static func inflate(_ source: [UInt8], limit: Int) throws(InflateFailure) -> [UInt8] {
        guard !source.isEmpty, let stream = unsafe ZSTD_createDStream() else { throw .corrupt }
        defer { _ = unsafe ZSTD_freeDStream(stream) }
        return try unsafe Inflation.run(source, limit: limit) { input, inputCount, output, outputCount in
            var from = unsafe ZSTD_inBuffer(src: input, size: inputCount, pos: 0)
            var into = unsafe ZSTD_outBuffer(dst: output, size: outputCount, pos: 0)
            let left = unsafe ZSTD_decompressStream(stream, &into, &from)
            if ZSTD_isError(left) != 0 { return nil }
            return unsafe (from.pos, into.pos, left == 0)
        }
    }
}

/// LZ4 frames as the `lz4` tool writes them, one behind the other.
private enum LZ4Frames {
    static func inflate(_ source: [UInt8], limit: Int) throws(InflateFailure) -> [UInt8] {
        var created: OpaquePointer?
        guard !source.isEmpty, LZ4F_isError(unsafe LZ4F_createDecompressionContext(&created, 100)) == 0,
            let context = unsafe created
        else { throw .corrupt }
        defer { _ = unsafe LZ4F_freeDecompressionContext(context) }
        return try unsafe Inflation.run(source, limit: limit) { input, inputCount, output, outputCount in
            var taken = inputCount
            var made = outputCount
            let left = unsafe LZ4F_decompress(context, output, &made, input, &taken, nil)
            if LZ4F_isError(left) != 0 { return nil }
            return (taken, made, left == 0)
        }
    }
}

/// Drives a streaming inflater over a whole input.
private enum Inflation {
    private static let chunkByteCount = 1 << 16

    /// - Parameter step: gets what is left of the input and room for output, answers how much of each it used and
    ///   whether a frame is whole; nil where the input is corrupt.
    static func run(
        _ source: [UInt8], limit: Int,
        _ step: (UnsafeRawPointer, Int, UnsafeMutableRawPointer, Int) -> (taken: Int, made: Int, isWhole: Bool)?
    ) throws(InflateFailure) -> [UInt8] {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: chunkByteCount)
        var offset = 0
        var isWhole = false
        var isFull = false
        while offset < source.count || isFull {
            // Both pointers stand for the whole rest of their arrays, and their lengths go with them.
            let outcome = unsafe source.withUnsafeBytes { input in
                unsafe chunk.withUnsafeMutableBytes { output in
                    unsafe step(
                        input.baseAddress.unsafelyUnwrapped + offset, source.count - offset,
                        output.baseAddress.unsafelyUnwrapped, chunkByteCount)
                }
            }
            guard let outcome else { throw .corrupt }
            if outcome.taken == 0, outcome.made == 0 { break }
            guard result.count + outcome.made <= limit else { throw .tooLarge }
            result += chunk[..<outcome.made]
            offset += outcome.taken
            isWhole = outcome.isWhole
            isFull = outcome.made == chunkByteCount
        }
        guard isWhole else { throw .corrupt }
        return result
    }
}
