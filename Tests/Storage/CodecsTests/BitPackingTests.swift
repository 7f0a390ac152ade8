import Bytes
import Codecs
import Testing

@Suite("Bit packing")
struct BitPackingTests {
    @Test("numbers of every width come back, whatever their count, in as many bytes as their bits need")
    func roundTrip() throws {
        var random = SplitMix(state: 21)
        for width in 0...64 {
            for count in [0, 1, 2, 7, 8, 9, 63, 64, 65, 1000, 1024] {
                let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) - 1
                let values = (0..<count).map { _ in random.next() & mask }
                var block: [UInt8] = []
                BitPacking.pack(values.span, width: width, into: &block)
                #expect(block.count == (count * width + 7) / 8)
                for bytes in [block, block + [0xFF], block + [UInt8](repeating: 0xFF, count: 16)] {
                    var reader = ByteReader(bytes)
                    var decoded = [UInt64](repeating: 7, count: 1024)
                    try BitPacking.unpack(count, width: width, from: &reader, into: &decoded)
                    #expect(Array(decoded[..<count]) == values, "\(count) of \(width) bits")
                    #expect(reader.offset == block.count)
                }
            }
        }
    }

    @Test("numbers wider than 64 bits, more than there is room for, or past the end are refused")
    func refusals() {
        var values = [UInt64](repeating: 0, count: 8)
        for (count, width, byteCount) in [(1, 65, 100), (9, 1, 100), (8, 8, 7), (1, 64, 7)] {
            var reader = ByteReader([UInt8](repeating: 0, count: byteCount))
            #expect(throws: CorruptBytes.self) {
                try BitPacking.unpack(count, width: width, from: &reader, into: &values)
            }
        }
    }
}
