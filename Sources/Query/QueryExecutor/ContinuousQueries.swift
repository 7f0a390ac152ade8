import Catalog
package import FileIO
import InfluxQL
import LogicalPlan
import Synchronization
import Telemetry
import TimeSeriesStore

/// Runs the continuous queries of all databases; whoever owns the clock calls `run` again and again.
///
/// Up to when everything ran is kept in a file, so that a start covers the windows that ended while the engine was away.
/// A query that fails is tried again after a while, over the same windows and those that ended meanwhile.
package final class ContinuousQueries: Sendable {
    /// What runs came to since the start.
    package struct Counters: Sendable, Equatable {
        /// Runs over one window or more that succeeded.
        package var runs = 0
        /// Runs that failed and are tried again.
        package var failures = 0
        /// Points written.
        package var points = 0
    }

    private struct Entry {
        var text: String
        var query: ContinuousQuery?
        /// What the schedule counts the next run from; nil before the first.
        var last: Int64?
        /// Not before this time, after a failure.
        var pause: Int64 = .min
    }

    private struct State {
        var entries: [[String]: Entry] = [:]
        var counters = Counters()
        var hasBegun = false
    }

    /// How long a query that failed waits, unless its own boundaries are nearer.
    private static let pause = 10 * Timestamp.second

    private let engine: QueryEngine
    private let position: ContinuousPosition
    private let state = Mutex(State())

    /// The continuous queries of `engine`'s store; the file lies in `directory`.
    package init(engine: QueryEngine, disk: any Disk, directory: String) {
        self.engine = engine
        position = ContinuousPosition(disk: disk, directory: directory)
    }

    /// What the runs came to.
    package var counters: Counters { state.withLock { $0.counters } }

    /// Runs each query that is due at `now`, nanoseconds since 1970 UTC, one after the other; to be called by one task.
    ///
    /// - Parameters:
    ///   - isCancelled: asked between and within queries; what is cut short is done at the next call.
    ///   - noteFailure: gets one line for each query that failed.
    package func run(
        now: Int64, isCancelled: @escaping @Sendable () -> Bool = { false }, noteFailure: (String) -> Void = { _ in }
    ) {
        var known: Set<[String]> = []
        var hasMoved = false
        var isBehind = false
        if !state.withLock({ $0.hasBegun }) { begin(noteFailure) }
        for database in engine.store.databases {
            for listed in database.continuousQueries {
                let key = [database.name, listed.name]
                known.insert(key)
                if isCancelled() { return }
                switch step(key, listed.text, now, isCancelled, noteFailure) {
                case .idle: break
                case .done: hasMoved = true
                case .failed: isBehind = true
                }
            }
        }
        state.withLock { state in state.entries = state.entries.filter { known.contains($0.key) } }
        guard hasMoved, !isBehind else { return }
        do {
            try position.save(now)
        } catch {
            noteFailure("the position of the continuous queries could not be saved: \(error)")
        }
    }

    /// Sets each query that there is to where the last process left it.
    private func begin(_ noteFailure: (String) -> Void) {
        var saved: Int64?
        do {
            saved = try position.load()
        } catch {
            noteFailure("the position of the continuous queries is lost: \(error)")
        }
        let databases = engine.store.databases
        state.withLock { state in
            state.hasBegun = true
            guard let saved else { return }
            for database in databases {
                for listed in database.continuousQueries {
                    var entry = Self.entry(listed.text)
                    entry.last = entry.query.flatMap { schedule($0) }?.mark(at: saved)
                    state.entries[[database.name, listed.name]] = entry
                }
            }
        }
    }

    private enum Outcome { case idle, done, failed }

    private func step(
        _ key: [String], _ text: String, _ now: Int64, _ isCancelled: @escaping @Sendable () -> Bool,
        _ noteFailure: (String) -> Void
    ) -> Outcome {
        var entry = state.withLock { $0.entries[key] } ?? Self.entry(text)
        if entry.text != text { entry = Self.entry(text) }
        defer { state.withLock { $0.entries[key] = entry } }
        guard let query = entry.query, let schedule = schedule(query), now >= entry.pause,
            let times = schedule.times(at: now, last: entry.last)
        else { return .idle }
        if times.isEmpty {
            let mark = schedule.mark(at: now)
            defer { entry.last = mark }
            return entry.last == mark ? .idle : .done
        }
        do {
            let count = try engine.run(query, over: times, now: now, isCancelled)
            entry.last = schedule.mark(at: now)
            state.withLock { state in
                state.counters.runs += 1
                state.counters.points += count
            }
            return .done
        } catch {
            entry.pause = now + min(Self.pause, schedule.every)
            if entry.last == nil { entry.last = schedule.mark(at: now) - schedule.every }
            if !isCancelled() {
                state.withLock { $0.counters.failures += 1 }
                noteFailure("continuous query \(key[1]) of \(key[0]): \(error)")
            }
            return .failed
        }
    }

    private static func entry(_ text: String) -> Entry {
        // A text that an older version accepted and this one does not read never runs.
        guard case .createContinuousQuery(let query)? = try? Parser.parse(text).first else { return Entry(text: text) }
        return Entry(text: text, query: query)
    }

    private func schedule(_ query: ContinuousQuery) -> ContinuousSchedule? {
        // Without a function it would copy rows for ever, and InfluxDB does not run it either.
        guard query.select.fields.contains(where: { !SelectCheck.aggregates($0.expression).isEmpty }),
            let rule = try? WindowRule(query.select, now: engine.now())
        else { return nil }
        return ContinuousSchedule(query, rule: rule)
    }
}

extension QueryEngine {
    /// Runs a continuous query over `times` and returns how many points it wrote.
    func run(
        _ query: ContinuousQuery, over times: Range<Int64>, now: Int64, _ isCancelled: @escaping @Sendable () -> Bool
    ) throws -> Int {
        guard let target = query.select.target else { return 0 }
        var options = QueryOptions()
        options.database = query.database
        let running = queries.begin([.select(query.select)], database: query.database, now: now)
        defer { queries.end(running, now: now) }
        let run = SelectRun(
            engine: self, options: options, isCancelled: { running.isKilled || isCancelled() }, now: now)
        let answer = try run.write(query.select.over(times), into: target)
        let written = answer.first?.rows.first?.last
        guard case .integer(let count)? = written else { return 0 }
        return Int(count)
    }
}
