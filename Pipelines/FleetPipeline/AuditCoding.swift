import Bytes

/// The book of deliveries in a checkpoint; `FleetCheckpoint` has the layout.
extension FleetPipeline {
    func appendAudits(to bytes: inout [UInt8]) {
        bytes.append(held: book.frequencies)
        for points in [book.baselines, book.contracts] {
            bytes.appendVarint(UInt64(points.count))
            for (key, points) in points.sorted(by: { $0.key < $1.key }) {
                bytes.append(key)
                bytes.append(held: points)
            }
        }
        bytes.appendVarint(UInt64(book.runs.count))
        for (key, run) in book.runs.sorted(by: { $0.key < $1.key }) {
            bytes.append(key)
            bytes.appendVarint(UInt64(run.audit.recent.count))
            for value in run.audit.recent { bytes.append(double: value) }
            for word in [
                run.audit.state.wideSeconds, run.audit.state.narrowSeconds, run.quarter.seconds, run.quarter.within,
                run.last,
            ] { bytes.appendZigZag(word) }
            let quarter = run.quarter
            for value in [quarter.required, quarter.delivered, quarter.requiredSquared, quarter.product] {
                bytes.append(double: value)
            }
        }
        bytes.appendVarint(UInt64(book.fleetFrequencies.count))
        for (second, points) in book.fleetFrequencies.sorted(by: { $0.key < $1.key }) {
            bytes.appendZigZag(second)
            bytes.appendVarint(UInt64(points.count))
            for (evse, point) in points.sorted(by: { $0.key < $1.key }) {
                bytes.appendVarint(UInt64(evse))
                bytes.append(held: [point])
            }
        }
        bytes.appendVarint(UInt64(auditRepairs.count))
        for start in auditRepairs.keys.sorted() { bytes.appendZigZag(start) }
    }

    mutating func restoreAudits(_ reader: inout ByteReader) throws(CorruptBytes) {
        book.frequencies = try reader.held()
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let key = try reader.auditKey()
            book.baselines[key] = try reader.held()
        }
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let key = try reader.auditKey()
            book.contracts[key] = try reader.held()
        }
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let key = try reader.auditKey()
            book.runs[key] = try reader.auditRun()
        }
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            let second = try reader.second()
            var points: [Int32: HeldPoint] = [:]
            for _ in 0..<(try reader.count(limit: reader.remaining)) {
                let evse = try reader.number(of: evses.count)
                points[evse] = try reader.held().first
            }
            book.fleetFrequencies[second] = points
        }
        for _ in 0..<(try reader.count(limit: reader.remaining)) {
            repairNumber += 1
            auditRepairs[try reader.second()] = repairNumber
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ key: AuditKey) {
        appendCounted(Array(key.portfolio.utf8))
        appendCounted(Array(key.feeder.utf8))
    }

    fileprivate mutating func append(held points: [HeldPoint]) {
        appendVarint(UInt64(points.count))
        for point in points {
            appendZigZag(point.time)
            append(double: point.value)
        }
    }
}

extension ByteReader {
    fileprivate mutating func auditKey() throws(CorruptBytes) -> AuditKey {
        let portfolio = try text()
        return AuditKey(portfolio: portfolio, feeder: try text())
    }

    fileprivate mutating func auditRun() throws(CorruptBytes) -> AuditRun {
        var run = AuditRun()
        for _ in 0..<(try count(limit: FCRAudit.rampSeconds + 1)) { run.audit.recent.append(try double()) }
        run.audit.state.wideSeconds = try zigZag()
        run.audit.state.narrowSeconds = try zigZag()
        run.quarter.seconds = try zigZag()
        run.quarter.within = try zigZag()
        run.last = try zigZag()
        guard run.last == .min || (-9_000_000_100...9_000_000_100).contains(run.last) else {
            throw CorruptBytes("second \(run.last) of an audit")
        }
        run.quarter.required = try double()
        run.quarter.delivered = try double()
        run.quarter.requiredSquared = try double()
        run.quarter.product = try double()
        return run
    }

    fileprivate mutating func held() throws(CorruptBytes) -> [HeldPoint] {
        var points: [HeldPoint] = []
        for _ in 0..<(try count(limit: remaining)) { points.append(HeldPoint(time: try zigZag(), value: try double())) }
        return points
    }
}
