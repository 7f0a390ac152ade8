import CDeflate

/// Single DEFLATE messages as WebSocket's permessage-deflate has them (RFC 7692), each for itself: no state is kept
/// between two, so that a connection costs nothing while it is quiet.
package enum RawDeflate {
    /// An empty block that the sender left away, and behind it the end that the library wants to see.
    private static let tail: [UInt8] = [0, 0, 0xFF, 0xFF, 1, 0, 0, 0xFF, 0xFF]

    /// Inflates one message; a bomb stops at `limit` bytes.
    package static func inflate(_ source: [UInt8], limit: Int) throws(InflateFailure) -> [UInt8] {
        guard let decompressor = unsafe libdeflate_alloc_decompressor() else { throw .tooLarge }
        defer { unsafe libdeflate_free_decompressor(decompressor) }
        let whole = source + tail
        var capacity = min(limit, max(4096, source.count * 8))
        while true {
            var status = LIBDEFLATE_BAD_DATA
            var used = 0
            let message = unsafe [UInt8](unsafeUninitializedCapacity: max(1, capacity)) { buffer, initialized in
                var produced = 0
                // libdeflate reads only the source and writes at most `capacity` bytes.
                status = unsafe libdeflate_deflate_decompress_ex(
                    decompressor, whole, whole.count, buffer.baseAddress, capacity, &used, &produced)
                initialized = status == LIBDEFLATE_SUCCESS ? produced : 0
            }
            if status == LIBDEFLATE_SUCCESS {
                // A sender's own last block ends the stream before the tail; one byte, the empty block's, is left then.
                guard used >= source.count - 1 else { throw .corrupt }
                return message
            }
            guard status == LIBDEFLATE_INSUFFICIENT_SPACE else { throw .corrupt }
            guard capacity < limit else { throw .tooLarge }
            capacity = min(limit, capacity * 8)
        }
    }

    /// Deflates one message at the fastest level; nil where there is no memory for it.
    package static func deflate(_ source: [UInt8]) -> [UInt8]? {
        guard let compressor = unsafe libdeflate_alloc_compressor(1) else { return nil }
        defer { unsafe libdeflate_free_compressor(compressor) }
        let bound = unsafe libdeflate_deflate_compress_bound(compressor, source.count)
        var result = unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, initialized in
            // The capacity is the library's own bound for this input.
            initialized = unsafe libdeflate_deflate_compress(
                compressor, source, source.count, buffer.baseAddress, bound)
        }
        guard !result.isEmpty else { return nil }
        // Behind a last block stands the beginning of the empty one whose rest is left away: RFC 7692, section 7.2.3.4.
        result.append(0)
        return result
    }
}
