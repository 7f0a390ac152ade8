package import Telemetry
import TransformerThermal

/// Windows that readings came too late for, or too early: which they are, and how they are computed from the store.
///
/// A reading that enters no pane notes the spans of time that it touches. Whoever can read the store asks for the next
/// one (newest first), has it computed by a pipeline of its own from all readings that the store has of it, and says
/// when the results are durable. Until then a checkpoint carries the note, so that a crash only repeats the work.
extension FleetPipeline {
    /// How many spans may wait; beyond it the oldest are given up, and counted.
    static let repairLimit = 100_000

    /// A stretch of time whose windows are to be computed again, in whole seconds.
    package struct Repair: Sendable, Equatable {
        /// The first second.
        package let from: Int64
        /// The second behind the last.
        package let to: Int64
        /// The notes that it answers, each with the number of the reading that made it.
        let notes: [Int64: UInt64]
    }

    /// The length of what is repaired at a time: every window that begins in it ends in it.
    var repairSpan: Int64 {
        settings.windows.reduce(ThermalHistory.minute) { length, window in
            var (one, other) = (length, window)
            while other != 0 { (one, other) = (other, one % other) }
            return length / one * window
        }
    }

    /// A reading at `time` entered no pane: the windows that it and its hold touch are computed from the store.
    mutating func noteRepair(_ time: Int64) {
        let span = repairSpan
        let first = time.wholeSecond.aligned(to: span)
        let last = time.plus(product.current.staleAfter).wholeSecond.aligned(to: span)
        repairNumber += 1
        for start in stride(from: first, through: last, by: Int64.Stride(span)) { repairs[start] = repairNumber }
        noteAudit(time, time.plus(product.current.staleAfter))
        guard repairs.count > Self.repairLimit, let oldest = repairs.keys.min() else { return }
        repairs[oldest] = nil
        counts.repairsDropped += 1
    }

    /// What limits a feeder's reserve in a second changed.
    mutating func noteRepair(second: Int64) {
        repairNumber += 1
        repairs[second.aligned(to: repairSpan)] = repairNumber
    }

    /// The newest stretch that no reading in time can change any more, at most `spanLimit` spans long.
    package func nextRepair(spanLimit: Int) -> Repair? {
        let span = repairSpan
        guard let newest = repairs.keys.filter({ $0 + span <= finalFrontier }).max() else { return nil }
        var notes: [Int64: UInt64] = [:]
        var start = newest
        while notes.count < max(1, spanLimit), let number = repairs[start] {
            notes[start] = number
            start -= span
        }
        return Repair(from: start + span, to: newest + span, notes: notes)
    }

    /// The results of a repair are durable; what came for the same spans meanwhile waits for the next one.
    package mutating func endRepair(_ repair: Repair) {
        for (start, number) in repair.notes where repairs[start] == number { repairs[start] = nil }
    }

    /// A pipeline that computes `repair` alone; give it the readings of the store by `apply`, then ask `repaired`.
    ///
    /// It knows the last readings of EVSEs that have been silent since before, which the store would have to be searched
    /// for; a reload of the topology that lies within counts as if it had been in force all the time.
    package func repairing(_ repair: Repair, topology: Topology) -> FleetPipeline {
        var patient = settings
        patient.longestQuietS = .max
        patient.streams = []
        var pipeline = FleetPipeline(settings: patient, topology: topology)
        let start = repair.from * .second
        for evse in evses {
            guard let last = evse.points.last, last.time < start else { continue }
            for point in evse.points {
                let number = pipeline.evseNumber(evse.name)
                var copy = point
                copy.place = pipeline.placeNumber(like: point.place, of: self)
                if pipeline.evses[Int(number)].assignment.current.place < 0 {
                    pipeline.addPlace(copy.place, to: number)
                }
                pipeline.take(copy, of: number)
            }
        }
        return pipeline
    }

    private mutating func placeNumber(like place: Int32, of other: FleetPipeline) -> Int32 {
        let place = other.places[Int(place)]
        let site = place.site >= 0 ? other.groups[Int(place.site)].name : nil
        return placeNumber(feeder: other.groups[Int(place.feeder)].name, site: site)
    }

    /// The minutes of transformers that were given: a repair takes their admissible load as it was.
    ///
    /// - Parameter minutes: the transformer, the first second of the minute, the admissible load at its end.
    package mutating func freezeThermals(_ minutes: [(transformer: String, start: Int64, admissiblePU: Double)]) {
        for index in thermals.indices {
            thermals[index].isFrozen = true
            let name = groups[Int(thermals[index].group)].name
            thermals[index].minutes = minutes.filter { $0.transformer == name }.sorted { $0.start < $1.start }.map {
                ThermalMinute(start: $0.start, admissible: $0.admissiblePU)
            }
        }
    }

    /// The windows of `repair` by what was applied, all final, revisions counted from 0, and the loads of transformers.
    package mutating func repaired(_ repair: Repair) -> (results: [WindowResult], loads: [ThermalRepair.Load]) {
        frontier = repair.from
        finalFrontier = repair.from
        unsettleAll(from: repair.from)
        for index in thermals.indices { thermals[index].isFrozen = true }
        close(to: repair.to, final: .max)
        return (takeResults().filter { $0.windowStart >= repair.from * .second }, repairedLoads)
    }

    /// How far back a repair looks for the last reading of an EVSE, in seconds: a day, which is how long one that no
    /// topology knows counts as expected, or less where that would be more than some 50 million readings.
    package var repairLookBack: Int64 {
        let perSecond = max(1, Double(evses.count) / 5)
        return max(60, min(86_400, Int64(50_000_000 / perSecond)))
    }

    /// How many spans are computed at a time: what a few million readings fill, of one each five seconds.
    package var repairSpanLimit: Int {
        let perSpan = max(1, Double(evses.count) / 5 * Double(repairSpan))
        return max(1, min(30, Int(5_000_000 / perSpan)))
    }
}
