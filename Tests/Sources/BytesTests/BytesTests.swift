import Bytes
import Testing

@Suite("Bytes")
struct BytesTests {
    @Test("CRC-32C gives the check value of RFC 3720")
    func checkValue() {
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    }

    @Test("CRC-32C of two parts equals that of the whole, wherever it is cut")
    func incremental() {
        let bytes = (0..<100).map { UInt8(($0 * 7) & 0xFF) }
        for cut in 0...100 {
            let first = CRC32C.checksum(Array(bytes[..<cut]))
            #expect(CRC32C.update(first, with: Array(bytes[cut...]).span) == CRC32C.checksum(bytes))
        }
    }

    @Test("numbers come back as they were written")
    func roundTrip() throws {
        var bytes: [UInt8] = []
        let signed: [Int64] = [0, 1, -1, 63, -64, 64, .min, .max]
        let unsigned: [UInt64] = [0, 127, 128, .max]
        for value in signed { bytes.appendZigZag(value) }
        for value in unsigned { bytes.appendVarint(value) }
        bytes.appendLittleEndian(UInt32(0xFFFF_FFFE))
        bytes.appendWords([1, .max])
        var reader = ByteReader(bytes)
        for value in signed { #expect(try reader.zigZag() == value) }
        for value in unsigned { #expect(try reader.varint() == value) }
        #expect(try reader.littleEndian(UInt32.self) == 0xFFFF_FFFE)
        #expect(try reader.words(2) == [1, .max])
        #expect(reader.remaining == 0)
    }

    @Test("bytes that end early are an error, never a trap")
    func truncated() {
        var reader = ByteReader([0x80])
        #expect(throws: CorruptBytes.self) { try reader.varint() }
        var short = ByteReader([1, 2, 3])
        #expect(throws: CorruptBytes.self) { try short.littleEndian(UInt32.self) }
        var lying = ByteReader([200, 1, 5])
        #expect(throws: CorruptBytes.self) { try lying.counted() }
        var many = ByteReader([1])
        #expect(throws: CorruptBytes.self) { try many.words(.max) }
    }

    @Test("the key table numbers distinct keys in the order of their coming")
    func keyTable() {
        var table = ByteKeyTable()
        for round in 0..<2 {
            for number in 0..<10_000 {
                let (got, isNew) = table.insert(Array("key \(number)".utf8).span)
                #expect(got == number && isNew == (round == 0))
            }
        }
        #expect(table.find(Array("key 77".utf8).span) == 77)
        #expect(table.find(Array("no key".utf8).span) == nil)
        #expect(Array(table.key(9_999)) == Array("key 9999".utf8))
    }
}
