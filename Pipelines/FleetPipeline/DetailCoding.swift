import Bytes

/// Details in a checkpoint, written; `FleetCheckpoint` has the layout.
extension [UInt8] {
    mutating func append(details: [DetailPoint]) {
        appendVarint(UInt64(details.count))
        for detail in details {
            appendZigZag(detail.time)
            appendZigZag(Int64(detail.place))
            appendWords(detail.words)
            append(detail.status)
        }
    }

    mutating func append(detail: [DetailSums]) {
        append(UInt8(detail.count))
        for sums in detail {
            appendWords((0..<DetailSums.count).map { UInt64(bitPattern: sums.sums[$0]) })
            appendWords([UInt64(bitPattern: sums.voltageLow), UInt64(bitPattern: sums.voltageHigh)])
            append(sums.isVoltageUncertain ? 1 : 0)
        }
    }

    mutating func append(socCounts: [Int64: [Int32]]) {
        appendVarint(UInt64(socCounts.count))
        for (second, counts) in socCounts.sorted(by: { $0.key < $1.key }) {
            appendZigZag(second)
            appendVarint(UInt64(counts.count))
            for count in counts { appendZigZag(Int64(count)) }
        }
    }
}

/// Details in a checkpoint, read.
extension ByteReader {
    mutating func details(placeCount: Int) throws(CorruptBytes) -> [DetailPoint] {
        var details: [DetailPoint] = []
        var before = Int64.min
        for _ in 0..<(try count(limit: remaining)) {
            var detail = DetailPoint(time: try zigZag(), place: try optionalNumber(of: placeCount))
            guard detail.time > before, (-Watermark.limit...Watermark.limit).contains(detail.time) else {
                throw CorruptBytes("a detail out of order at \(offset)")
            }
            before = detail.time
            let values = try words(8).map { Double(bitPattern: $0) }
            (detail.reactive, detail.phase1, detail.phase2, detail.phase3) = (
                values[0], values[1], values[2], values[3]
            )
            (detail.imported, detail.exported) = (values[4], values[5])
            (detail.voltageLow, detail.voltageHigh) = (values[6], values[7])
            detail.status = try byte()
            guard detail.status <= EVSEStatus.names.count else { throw CorruptBytes("status \(detail.status)") }
            details.append(detail)
        }
        return details
    }

    mutating func paneDetail() throws(CorruptBytes) -> [DetailSums] {
        guard try byte() != 0 else { return [] }
        var sums = DetailSums()
        let values = try words(DetailSums.count + 2)
        for index in 0..<DetailSums.count { sums.sums[index] = Int64(bitPattern: values[index]) }
        sums.voltageLow = Int64(bitPattern: values[DetailSums.count])
        sums.voltageHigh = Int64(bitPattern: values[DetailSums.count + 1])
        sums.isVoltageUncertain = try byte() != 0
        return [sums]
    }

    mutating func socCounts() throws(CorruptBytes) -> [Int64: [Int32]] {
        var counts: [Int64: [Int32]] = [:]
        for _ in 0..<(try count(limit: remaining)) {
            let second = try second()
            let length = try count(limit: 101)
            guard length == 0 || length == 101 else { throw CorruptBytes("a spread of \(length) bins") }
            var bins: [Int32] = []
            for _ in 0..<length {
                guard let bin = Int32(exactly: try zigZag()) else { throw CorruptBytes("a bin at \(offset)") }
                bins.append(bin)
            }
            counts[second] = bins
        }
        return counts
    }
}
