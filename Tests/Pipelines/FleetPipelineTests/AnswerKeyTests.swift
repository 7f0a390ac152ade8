import FleetPipeline
import Foundation
import Telemetry
import Testing

@Suite("The answer key")
struct AnswerKeyTests {
    @Test("the last revisions equal the reference, whatever the size of the batches", arguments: [1, 10, 100, 100_000])
    func batchSizes(size: Int) throws {
        let key = try AnswerKey.committed()
        let run = Run(key, key.frames, size: size)
        let differences = key.differences(run.results)
        #expect(differences.isEmpty, "\(differences.count): \(differences.prefix(8))")
        #expect(run.pipeline.counters.late == 0 && run.pipeline.counters.future == 0)
        #expect(run.pipeline.counters.readings == UInt64(key.frames.count))
        #expect(run.pipeline.counters.windowsEmitted == UInt64(run.results.count))
        #expect(run.pipeline.counters.silentEVSEs == 0 && run.pipeline.counters.silentFeeders == 0)
    }

    @Test("the comparison with the key sees a change of one part in a hundred thousand in any file")
    func comparisonIsSharp() throws {
        let key = try AnswerKey.committed()
        #expect(key.expected.mapValues(\.count) == ["windows_1s": 1199, "windows_60s": 20, "readiness_1s": 1199])
        let frames = key.frames.map {
            AnswerKey.Frame(arrival: $0.arrival, evse: $0.evse, time: $0.time, power: $0.power * 1.00001, soc: $0.soc)
        }
        let differences = key.differences(Run(key, frames, size: 100).results)
        for file in key.expected.keys { #expect(differences.contains { $0.hasPrefix(file) }) }
    }

    @Test("readings in any order within the lateness give the same last revisions, bit for bit", arguments: [1, 2, 3])
    func shuffled(seed: UInt64) throws {
        let key = try AnswerKey.committed()
        let inOrder = AnswerKey.newest(Run(key, key.frames, size: 100).results).results
        var random = SplitMix(state: seed)
        // Each reading up to 25 s later than it came: with the 30 s that it was late already within 60 s.
        let shuffled = key.frames.map { frame in
            let delay = Int64(random.next() % 25_000) * 1_000_000
            return AnswerKey.Frame(
                arrival: frame.arrival + delay, evse: frame.evse, time: frame.time, power: frame.power, soc: frame.soc)
        }.sorted { ($0.arrival, $0.evse, $0.time) < ($1.arrival, $1.evse, $1.time) }
        let run = Run(key, shuffled, size: 37)
        let differences = key.differences(run.results)
        #expect(differences.isEmpty, "\(differences.count): \(differences.prefix(8))")
        #expect(run.pipeline.counters.late == 0)
        let newest = AnswerKey.newest(run.results).results
        for (place, result) in inOrder where result.windowStart < key.frames[0].time + 300_000_000_000 {
            #expect(newest[place]?.values == result.values)
        }
    }

    @Test("a checkpoint after every batch changes no result")
    func checkpoints() throws {
        let key = try AnswerKey.committed()
        let settings = PipelineSettings()
        let plain = Run(key, key.frames, size: 67)
        var pipeline = FleetPipeline(settings: settings, topology: key.topology)
        var results: [WindowResult] = []
        var arrival: Int64 = 0
        for batch in key.batches(key.frames, size: 67) {
            pipeline.apply(batch.table, arrival: batch.arrival)
            pipeline = try FleetPipeline(
                checkpoint: pipeline.encodeCheckpoint(), settings: settings, topology: key.topology)
            pipeline.finishBatch(arrival: batch.arrival)
            results += pipeline.takeResults()
            pipeline = try FleetPipeline(
                checkpoint: pipeline.encodeCheckpoint(), settings: settings, topology: key.topology)
            arrival = batch.arrival
        }
        results += pipeline.close(after: arrival)
        #expect(results == plain.results)
        #expect(pipeline.counters == plain.pipeline.counters)
    }

    @Test(
        "other fleets of the reference agree as well",
        .enabled(if: AnswerKey.canRunReference, "python3 is needed to run the reference"), arguments: [11, 12, 13])
    func otherSeeds(seed: Int) throws {
        let windows: [Int64] = [1, 5, 20, 60]
        let key = try AnswerKey.generated(seed: seed, windows: windows)
        var settings = PipelineSettings()
        settings.windows = windows
        for size in [1, 50] {
            let run = Run(key, key.frames, size: size, settings: settings)
            let differences = key.differences(run.results)
            #expect(differences.isEmpty, "\(differences.count): \(differences.prefix(8))")
        }
    }

    @Test("all readings in one batch agree in whatever order they stand", arguments: [1, 2])
    func oneShuffledBatch(seed: UInt64) throws {
        let key = try AnswerKey.committed()
        var random = SplitMix(state: seed)
        let shuffled = key.frames.map { ($0, random.next()) }.sorted { $0.1 < $1.1 }.map(\.0)
        let differences = key.differences(Run(key, shuffled, size: shuffled.count).results)
        #expect(differences.isEmpty, "\(differences.count): \(differences.prefix(8))")
    }
}

/// A whole run over some frames.
struct Run {
    var pipeline: FleetPipeline
    var results: [WindowResult] = []

    init(
        _ key: AnswerKey, _ frames: [AnswerKey.Frame], size: Int, settings: PipelineSettings = PipelineSettings()
    ) {
        pipeline = FleetPipeline(settings: settings, topology: key.topology)
        var arrival: Int64 = 0
        for batch in key.batches(frames, size: size) {
            results += pipeline.feed(batch.table, arrival: batch.arrival)
            arrival = batch.arrival
        }
        results += pipeline.close(after: arrival)
    }
}

/// A small generator of random numbers with a seed.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

extension AnswerKey {
    /// Whether there is a python3 to run the reference program with.
    static var canRunReference: Bool { (try? reference(["examples"])) != nil }

    /// A fleet that the reference program makes now.
    static func generated(seed: Int, windows: [Int64]) throws -> AnswerKey {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("answer-key-\(seed)-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let size = ["--seed", "\(seed)", "--evses", "30", "--seconds", "200", "--late", "0.2", "--twice", "0.1"]
        let frames = directory.appendingPathComponent("frames.csv").path
        let topology = directory.appendingPathComponent("topology.json").path
        let files: [(String, [String])] =
            [
                ("frames.csv", ["frames"] + size), ("topology.json", ["topology"] + size),
                ("readiness_1s.csv", ["readiness", frames, topology]),
            ] + windows.map { ("windows_\($0)s.csv", ["windows", frames, topology, "--size", "\($0)"]) }
        for (name, arguments) in files {
            let output = try #require(try reference(arguments))
            try output.write(to: directory.appendingPathComponent(name))
        }
        return try AnswerKey(windows: windows) { try Data(contentsOf: directory.appendingPathComponent($0)) }
    }

    /// What the reference program prints; nil where it cannot be run.
    private static func reference(_ arguments: [String]) throws -> Data? {
        let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("reference").appendingPathComponent("reference.py")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", program.path] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? data : nil
    }
}
