/// A value that changes at known times: what held before a reload is still asked for by late readings.
///
/// - Invariant: `past` ascends by `from`, and the newest of it is older than `since`.
struct Timeline<Value: Sendable & Equatable>: Sendable, Equatable {
    /// A value and the time from which it holds.
    struct Entry: Sendable, Equatable {
        var from: Int64
        var value: Value
    }

    /// What holds now.
    private(set) var current: Value
    /// From when on it holds.
    private(set) var since: Int64
    /// What held before.
    private(set) var past: [Entry]

    init(_ value: Value, since: Int64 = .min, past: [Entry] = []) {
        current = value
        self.since = since
        self.past = past
    }

    /// What holds just before `time`.
    @inline(__always)
    func value(before time: Int64) -> Value {
        past.isEmpty || since < time ? current : pastValue(before: time)
    }

    /// What holds at `time` itself.
    @inline(__always)
    func value(at time: Int64) -> Value {
        past.isEmpty || since <= time ? current : pastValue(before: time.plus(1))
    }

    private func pastValue(before time: Int64) -> Value {
        var index = past.count - 1
        while index > 0, past[index].from >= time { index -= 1 }
        return past[index].value
    }

    /// Lets `value` hold from `time` on; `time` is not before an earlier change.
    mutating func set(_ value: Value, from time: Int64) {
        guard value != current else { return }
        if time > since {
            past.append(Entry(from: since, value: current))
            since = time
        }
        current = value
    }

    /// Forgets what nobody asks for any more who asks for `time` or later.
    mutating func forget(before time: Int64) {
        while let first = past.first, (past.count > 1 ? past[1].from : since) < time, first.from < time {
            past.removeFirst()
        }
    }

    /// The times at which another value begins within `range`, ascending.
    func changes(after start: Int64, before end: Int64) -> [Int64] {
        (past.map(\.from) + [since]).filter { $0 > start && $0 < end }
    }
}
