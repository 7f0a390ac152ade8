import ComputeThreads
import Synchronization

extension ComputeThreads {
    /// The threads on which requests are answered: a query is run on the thread that its request came to.
    ///
    /// Twice as many as `BlockingWork` has places, so that a look at `/ping` never waits for a query.
    static let requests = ComputeThreads(name: "request", count: 2 * BlockingWork.placeCount)
}

/// Work that is long, so much of it at once: a query beyond the places waits, without a thread, rather than slow the
/// writers.
enum BlockingWork {
    /// How much is done at once.
    static let placeCount = 4

    private struct Places {
        var free = BlockingWork.placeCount
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private static let places = Mutex(Places())

    /// Runs `body` on the thread of the caller, which is one of `ComputeThreads.requests`, once there is a place.
    static func run<Value>(_ body: () throws -> Value) async rethrows -> Value {
        await enter()
        defer { leave() }
        return try body()
    }

    private static func enter() async {
        let isIn = places.withLock { places in
            guard places.free > 0 else { return false }
            places.free -= 1
            return true
        }
        if isIn { return }
        await withCheckedContinuation { continuation in
            let isFree = places.withLock { places in
                guard places.free == 0 else {
                    places.free -= 1
                    return true
                }
                places.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// Gives the place to who waits longest.
    private static func leave() {
        let next: CheckedContinuation<Void, Never>? = places.withLock { places in
            guard !places.waiting.isEmpty else {
                places.free += 1
                return nil
            }
            return places.waiting.removeFirst()
        }
        next?.resume()
    }
}
