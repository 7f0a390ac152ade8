package import Bytes

/// Numbers of a fixed width of bits, one behind the other in 64-bit words, least significant bit first.
package enum BitPacking {
    /// Appends `values`, each below 2^`width`.
    package static func pack(_ values: [UInt64], width: Int, into block: inout [UInt8]) {
        guard width > 0 else { return }
        var words: [UInt64] = []
        words.reserveCapacity((values.count * width + 63) / 64)
        var word: UInt64 = 0
        var used = 0
        for value in values {
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
    }

    /// Reads `count` numbers of `width` bits.
    package static func unpack(_ count: Int, width: Int, from reader: inout ByteReader) throws(CorruptBytes) -> [UInt64]
    {
        guard width > 0 else { return [UInt64](repeating: 0, count: count) }
        guard width <= 64 else { throw CorruptBytes("numbers of \(width) bits") }
        let source = try reader.words((count * width + 63) / 64)
        if width == 64 { return source }
        let mask: UInt64 = (1 << UInt64(width)) &- 1
        return [UInt64](capacity: count) { output in
            let words = source.span
            var bit = 0
            for _ in 0..<count {
                let index = bit &>> 6
                let shift = bit & 63
                var value = words[index] &>> UInt64(shift)
                if shift &+ width > 64 { value |= words[index &+ 1] &<< UInt64(64 &- shift) }
                output.append(value & mask)
                bit &+= width
            }
        }
    }
}
