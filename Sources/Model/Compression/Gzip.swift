import CDeflate

/// Gzip bodies in and out through libdeflate, whole and bounded.
package enum Gzip {
    /// Inflates a gzip body; a bomb stops at `limit` bytes.
    package static func inflate(_ source: [UInt8], limit: Int) throws(InflateFailure) -> [UInt8] {
        if source.isEmpty { throw .corrupt }
        guard let decompressor = unsafe libdeflate_alloc_decompressor() else { throw .tooLarge }
        defer { unsafe libdeflate_free_decompressor(decompressor) }
        var result: [UInt8] = []
        var consumed = 0
        // A gzip stream may have several members; each is inflated behind the last.
        while consumed < source.count {
            var capacity = min(limit - result.count, max(1 << 16, sizeHint(source, consumed)))
            while true {
                var status = LIBDEFLATE_BAD_DATA
                var used = 0
                let member = unsafe [UInt8](unsafeUninitializedCapacity: max(1, capacity)) { buffer, initialized in
                    var produced = 0
                    // libdeflate reads only the source's rest and writes at most `capacity` bytes.
                    status = unsafe source.withUnsafeBytes { input in
                        unsafe libdeflate_gzip_decompress_ex(
                            decompressor, input.baseAddress.map { unsafe $0 + consumed }, source.count - consumed,
                            buffer.baseAddress, capacity, &used, &produced)
                    }
                    initialized = status == LIBDEFLATE_SUCCESS ? produced : 0
                }
                if status == LIBDEFLATE_SUCCESS {
                    result += member
                    consumed += used
                    break
                }
                guard status == LIBDEFLATE_INSUFFICIENT_SPACE else { throw .corrupt }
                guard result.count + capacity < limit else { throw .tooLarge }
                capacity = min(limit - result.count, capacity * 4)
            }
        }
        return result
    }

    /// Deflates a body at the fastest level.
    package static func deflate(_ source: [UInt8]) -> [UInt8]? {
        guard let compressor = unsafe libdeflate_alloc_compressor(1) else { return nil }
        defer { unsafe libdeflate_free_compressor(compressor) }
        let bound = unsafe libdeflate_gzip_compress_bound(compressor, source.count)
        let result = unsafe [UInt8](unsafeUninitializedCapacity: bound) { buffer, initialized in
            // The capacity is the library's own bound for this input.
            initialized = unsafe libdeflate_gzip_compress(compressor, source, source.count, buffer.baseAddress, bound)
        }
        return result.isEmpty ? nil : result
    }

    /// The length that the member's trailer claims, if this is the last member; only a hint for the first try.
    private static func sizeHint(_ source: [UInt8], _ consumed: Int) -> Int {
        guard source.count - consumed >= 18 else { return 0 }
        let end = source.count
        let size =
            Int(source[end - 4]) | Int(source[end - 3]) << 8 | Int(source[end - 2]) << 16 | Int(source[end - 1]) << 24
        return min(size, 64 << 20)
    }
}
