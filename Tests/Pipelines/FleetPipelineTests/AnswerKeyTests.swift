import FleetPipeline
import Foundation
import Telemetry
import Testing

@Suite("The answer key")
struct AnswerKeyTests {
    @Test("the last revisions equal the reference, whatever the size of the batches", arguments: [1, 10, 100, 100_000])
    func batchSizes(size: Int) throws {
        let key = try AnswerKey.committed()
        var pipeline = FleetPipeline(topology: key.topology)
        var results: [WindowResult] = []
        var arrival: Int64 = 0
        for batch in key.batches(key.frames, size: size) {
            results += pipeline.feed(batch.table, arrival: batch.arrival)
            arrival = batch.arrival
        }
        results += pipeline.close(after: arrival)
        let differences = key.differences(results)
        #expect(differences.isEmpty, "\(differences.count): \(differences.prefix(8))")
        #expect(pipeline.counters.late == 0 && pipeline.counters.future == 0)
        #expect(pipeline.counters.readings == UInt64(key.frames.count))
        #expect(pipeline.counters.windowsEmitted == UInt64(results.count))
    }
}
