package import Telemetry

/// Windows of a declared stream that values came too late for, or too early: computed from the store like those of feeders.
///
/// Sessions are not repaired: a value that joins two of them would leave the second one behind.
extension StreamOperator {
    /// How many panes may wait; beyond it the oldest are given up, and counted.
    static let repairLimit = 100_000
    /// How many panes are computed at a time, and how long they may be together unless one alone is longer.
    private static let repairPanes = 60
    private static let repairLength: Int64 = 3600 * .second

    /// A value at `time` entered no pane: it and its hold touch these.
    mutating func noteRepair(_ time: Int64) {
        if case .session = declaration.window { return }
        guard (-Watermark.limit...Watermark.limit).contains(time) else { return }
        repairNumber += 1
        var pane = declaration.window.pane(holding: time)
        while pane.lowerBound < time.plus(max(1, declaration.hold)) {
            repairs[pane.lowerBound] = repairNumber
            pane = declaration.window.pane(holding: pane.upperBound)
        }
        while repairs.count > Self.repairLimit, let oldest = repairs.keys.min() {
            repairs[oldest] = nil
            repairsDropped += 1
        }
    }

    /// The newest panes whose windows are all final, and those right before them.
    func nextRepair(stream: Int) -> StreamRepair? {
        guard let horizon = watermark.value?.minus(declaration.lateness) else { return nil }
        let isFinal = { (start: Int64) in
            declaration.window.windows(of: declaration.window.pane(holding: start)).allSatisfy {
                $0.upperBound <= horizon
            }
        }
        guard let newest = repairs.keys.filter(isFinal).max() else { return nil }
        var repair = StreamRepair(stream: stream, declaration: declaration, seriesCount: series.count)
        var start = newest
        let end = declaration.window.pane(holding: newest).upperBound
        while repair.notes.count < Self.repairPanes, let number = repairs[start] {
            guard repair.notes.isEmpty || end - start <= Self.repairLength else { break }
            repair.notes[start] = number
            for window in declaration.window.windows(of: declaration.window.pane(holding: start)) {
                repair.windows[window.lowerBound] = window.upperBound
            }
            start = declaration.window.pane(holding: start - 1).lowerBound
        }
        return repair
    }
}

/// Windows of one declared stream that are to be computed from the store.
package struct StreamRepair: Sendable {
    let stream: Int
    /// The stream.
    package let declaration: StreamDeclaration
    let seriesCount: Int
    /// The panes that it answers, each with the number of the value that noted it last.
    var notes: [Int64: UInt64] = [:]
    /// The windows, by their beginning, with their ends.
    var windows: [Int64: Int64] = [:]

    /// The times of the values that lie in the windows, ns.
    package var times: Range<Int64> {
        let start = windows.keys.min() ?? 0
        return start..<max(start, windows.values.max() ?? 0)
    }

    /// How far before the windows the last value of a series is looked for, ns: what still holds, and a day as far as
    /// some 50 million values allow, since a series is expected for so long.
    package var lookBack: Int64 {
        let perSecond = max(1, Double(seriesCount) / 5)
        return max(declaration.hold, min(86_400, Int64(50_000_000 / perSecond)) * .second)
    }

    /// The windows by the values of some tables: all final, revisions counted from 0.
    package struct Run: Sendable {
        private let repair: StreamRepair
        private var stream: StreamOperator

        /// A run that has seen nothing.
        package init(_ repair: StreamRepair) {
            self.repair = repair
            stream = StreamOperator(repair.declaration)
        }

        /// Takes values of the store.
        package mutating func apply(_ table: FrameTable) {
            stream.apply(table, arrival: .max, PipelineSettings())
        }

        /// The windows of every group that has any value in them.
        package func results() -> [WindowResult] {
            stream.groups.indices.flatMap { group in
                stream.groups[group].windows.keys.sorted().compactMap { start in
                    guard let end = repair.windows[start] else { return nil }
                    let row = stream.row(group, stream.accumulated(group, start, end), start, end)
                    return StreamOperator.Given(start: start, end: end, revision: 0, isFinal: true, row: row).result
                }
            }
        }
    }
}

extension FleetPipeline {
    /// The next windows of declared streams that are to be computed from the store; nil where none wait that are final.
    package func nextStreamRepair() -> StreamRepair? {
        for index in streams.indices {
            if let repair = streams[index].nextRepair(stream: index) { return repair }
        }
        return nil
    }

    /// The results of a repair are durable; what came for the same panes meanwhile waits for the next one.
    package mutating func endRepair(_ repair: StreamRepair) {
        for (start, number) in repair.notes where streams[repair.stream].repairs[start] == number {
            streams[repair.stream].repairs[start] = nil
        }
    }
}
