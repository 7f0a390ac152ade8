package import Telemetry

extension RowGroup {
    /// How many vectors hold rows of some series and fields, the time of the rows included, and their bytes.
    ///
    /// - Parameters:
    ///   - wanted: ascending.
    ///   - times: vectors that lie outside do not count.
    ///   - fields: names and types.
    package func survey(
        series wanted: ArraySlice<UInt32>, times: ClosedRange<Int64>, fields: [(name: String, kind: FieldKind)]
    ) -> (vectorCount: Int, byteCount: Int) {
        let chosen = SegmentFile.intersection(series, wanted)
        guard !chosen.isEmpty else { return (0, 0) }
        let needed = SegmentFile.neededVectors(self, series: chosen, times: times, edge: nil)
        var (vectorCount, byteCount) = (0, 0)
        for (place, column) in columns.enumerated() {
            guard place == 0 || fields.contains(where: { $0.name == column.name && $0.kind == column.kind }) else {
                continue
            }
            vectorCount += needed.count
            byteCount += needed.reduce(0) { $0 + column.lengths[$1] }
        }
        return (vectorCount, byteCount)
    }
}
