import Dispatch
import Foundation
import Synchronization

/// The threads on which requests are answered: they may block on disk or compute for long, so that neither the event
/// loops nor the cooperative pool do, and a query is run on the thread that its request came to.
///
/// Twice as many as `BlockingWork` has places, so that a look at `/ping` never waits for a query.
final class RequestThreads: TaskExecutor {
    /// The threads of the process; they live as long as it does.
    static let shared = RequestThreads(count: 2 * BlockingWork.placeCount)

    private struct Jobs {
        var waiting: [UnownedJob] = []
        /// The first of `waiting` that nobody has taken.
        var next = 0
    }

    private let jobs = Mutex(Jobs())
    private let available = DispatchSemaphore(value: 0)

    private init(count: Int) {
        for number in 0..<count {
            let thread = Thread { [self] in
                while true {
                    available.wait()
                    if let job = take() { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
                }
            }
            thread.name = "request-\(number)"
            thread.start()
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.waiting.append(job) }
        available.signal()
    }

    private func take() -> UnownedJob? {
        jobs.withLock { jobs in
            guard jobs.next < jobs.waiting.count else { return nil }
            defer {
                jobs.next += 1
                if jobs.next == jobs.waiting.count {
                    jobs.waiting.removeAll(keepingCapacity: true)
                    jobs.next = 0
                }
            }
            return jobs.waiting[jobs.next]
        }
    }
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

    /// Runs `body` on the thread of the caller, which is one of `RequestThreads`, once there is a place.
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
