package import Bytes

/// Whole numbers of 64 bits: a frame of reference over the values, their deltas or the deltas' deltas.
///
/// The order is chosen by the width that is left; ties go to the lower order. All arithmetic wraps, so every bit
/// pattern comes back. Regular time stamps (one step throughout) and constants cost no bits a value at all.
///
/// | bytes  | field   | meaning                                             |
/// |--------|---------|-----------------------------------------------------|
/// | 1      | order   | 0 values, 1 deltas, 2 deltas of deltas              |
/// | 1      | width   | bits of each packed residual, 0...64                |
/// | varint | heads   | `order` first values, zigzag                        |
/// | varint | base    | the smallest residual, zigzag                       |
/// | words  | packed  | residual less base, `count - order` of them         |
package enum IntegerCodec {
    /// Appends the encoded column; 1 or more values.
    package static func encode(_ words: [UInt64], into block: inout [UInt8]) {
        var best = residuals(words, order: 0)
        if words.count > 2 {
            for order in 1...2 {
                let candidate = residuals(words, order: order)
                if candidate.width < best.width { best = candidate }
            }
        }
        block.append(UInt8(best.order))
        block.append(UInt8(best.width))
        for head in best.heads { block.appendZigZag(Int64(bitPattern: head)) }
        block.appendZigZag(best.base)
        BitPacking.pack(best.packed, width: best.width, into: &block)
    }

    /// Reads back `count` values.
    package static func decode(_ count: Int, from reader: inout ByteReader) throws(CorruptBytes) -> [UInt64] {
        let order = Int(try reader.byte())
        let width = Int(try reader.byte())
        guard order <= 2, order <= count else { throw CorruptBytes("an integer vector of order \(order)") }
        var heads: [UInt64] = []
        for _ in 0..<order { heads.append(UInt64(bitPattern: try reader.zigZag())) }
        let base = UInt64(bitPattern: try reader.zigZag())
        let packed = try BitPacking.unpack(count - order, width: width, from: &reader)
        return [UInt64](capacity: count) { output in
            let source = packed.span
            switch order {
            case 0:
                for index in 0..<source.count { output.append(source[index] &+ base) }
            case 1:
                var value = heads[0]
                output.append(value)
                for index in 0..<source.count {
                    value &+= source[index] &+ base
                    output.append(value)
                }
            default:
                output.append(heads[0])
                output.append(heads[1])
                var value = heads[1]
                var delta = heads[1] &- heads[0]
                for index in 0..<source.count {
                    delta &+= source[index] &+ base
                    value &+= delta
                    output.append(value)
                }
            }
        }
    }

    private struct Residuals {
        var order: Int
        var heads: [UInt64]
        var base: Int64
        var packed: [UInt64]
        var width: Int
    }

    private static func residuals(_ words: [UInt64], order: Int) -> Residuals {
        var values = words
        for step in 0..<order {
            for index in stride(from: values.count - 1, to: step, by: -1) { values[index] &-= values[index - 1] }
        }
        var base = Int64.max
        for index in order..<values.count { base = min(base, Int64(bitPattern: values[index])) }
        if values.count <= order { base = 0 }
        var bits: UInt64 = 0
        let packed = [UInt64](capacity: max(0, values.count - order)) { output in
            for index in order..<max(order, values.count) {
                let value = values[index] &- UInt64(bitPattern: base)
                bits |= value
                output.append(value)
            }
        }
        return Residuals(
            order: order, heads: Array(words.prefix(order)), base: base, packed: packed,
            width: 64 - bits.leadingZeroBitCount)
    }
}
