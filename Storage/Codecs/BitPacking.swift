package import Bytes

/// Numbers of a fixed width of bits, one behind the other, least significant bit first, to the next whole byte.
package enum BitPacking {
    /// How many bytes `count` numbers of `width` bits take.
    package static func byteCount(_ count: Int, width: Int) -> Int { (count * width + 7) / 8 }

    /// Appends `values`, each below 2^`width`.
    package static func pack(_ values: Span<UInt64>, width: Int, into block: inout [UInt8]) {
        guard width > 0 else { return }
        var words: [UInt64] = []
        words.reserveCapacity((values.count * width + 63) / 64)
        var word: UInt64 = 0
        var used = 0
        for index in 0..<values.count {
            let value = values[index]
            word |= value &<< UInt64(used)
            used &+= width
            if used >= 64 {
                words.append(word)
                used &-= 64
                // A shift by the whole width of the word would be masked to none: nothing is left over then.
                word = used == 0 ? 0 : value &>> UInt64(width &- used)
            }
        }
        if used > 0 { words.append(word) }
        block.appendWords(words)
        block.removeLast(words.count * 8 - byteCount(values.count, width: width))
    }

    /// Reads `count` numbers of `width` bits into the beginning of `values`.
    package static func unpack(
        _ count: Int, width: Int, from reader: inout ByteReader, into values: inout [UInt64]
    ) throws(CorruptBytes) {
        guard width <= 64, count <= values.count else { throw CorruptBytes("\(count) numbers of \(width) bits") }
        guard width > 0 else {
            for index in 0..<count { values[index] = 0 }
            return
        }
        let start = reader.offset
        try reader.skip(byteCount(count, width: width))
        // A number of up to 56 bits lies within the word that begins with its first byte; the last few numbers, whose
        // word would pass the end, and wider ones are put together from bytes.
        let safe = width <= 56 ? max(0, min(count, (reader.offset - start - 8) * 8 / width)) : 0
        unsafe reader.bytes.withUnsafeBytes { bytes in
            unsafe values.withUnsafeMutableBufferPointer { values in
                guard let values = values.baseAddress, let bytes = bytes.baseAddress else { return }
                // Number `index < safe` begins at byte `index * width / 8 <= offset - start - 8`; `values` has `count`.
                unsafe unpack(safe, width: width, bytes + start, into: values)
            }
        }
        let source = reader.bytes.span.extracting(start..<reader.offset)
        let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) &- 1
        for index in safe..<count {
            let bit = index * width
            var value: UInt64 = 0
            var shift = -(bit & 7)
            var byte = bit >> 3
            while shift < width, byte < source.count {
                value |= shift < 0 ? UInt64(source[byte]) >> UInt64(-shift) : UInt64(source[byte]) << UInt64(shift)
                shift += 8
                byte += 1
            }
            values[index] = value & mask
        }
    }

    /// Eight numbers a step: their bits begin at a whole byte, so that each one's place is known beforehand.
    @unsafe
    private static func unpack(
        _ count: Int, width: Int, _ bytes: UnsafeRawPointer, into values: UnsafeMutablePointer<UInt64>
    ) {
        let mask: UInt64 = (1 &<< UInt64(width)) &- 1
        let bits = SIMD8<Int>(0, 1, 2, 3, 4, 5, 6, 7) &* width
        let offsets = bits &>> 3
        let shifts = SIMD8<UInt64>(truncatingIfNeeded: bits & 7)
        var from = unsafe bytes
        var index = 0
        while index &+ 8 <= count {
            var words = SIMD8<UInt64>()
            for lane in 0..<8 {
                words[lane] = unsafe from.loadUnaligned(fromByteOffset: offsets[lane], as: UInt64.self)
            }
            let numbers = (words &>> shifts) & SIMD8(repeating: mask)
            for lane in 0..<8 { unsafe values[index &+ lane] = numbers[lane] }
            unsafe from += width
            index &+= 8
        }
        while index < count {
            let bit = index &* width
            unsafe values[index] =
                (bytes.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self) &>> UInt64(bit & 7)) & mask
            index &+= 1
        }
    }
}
