import CThread
import Dispatch
import Foundation
import Synchronization

/// Threads for what may block on disk or compute for long, so that neither the event loops nor the cooperative pool do.
///
/// What runs longer than `patience` is made nice: it goes on with what the writers and the other queries leave of the
/// cores. A niceness cannot be taken back, and is handed down to the threads that a thread makes: the thread ends with its
/// work, and the one that watches over all puts another in its place.
package final class ComputeThreads: TaskExecutor {
    /// Nanoseconds of work before it is made nice.
    package static let patience: UInt64 = 250_000_000
    private static let niceness: Int32 = 19

    private enum Work {
        case job(UnownedJob)
        /// A share of `perform`, by the number of the call.
        case share(UInt64, @Sendable () -> Void)
    }

    private struct Queue {
        var waiting: [Work] = []
        /// The first of `waiting` that nobody has taken.
        var next = 0
        /// How many calls of `perform` there were.
        var calls: UInt64 = 0

        mutating func take() -> Work? {
            guard next < waiting.count else { return nil }
            defer {
                next += 1
                if next == waiting.count {
                    waiting.removeAll(keepingCapacity: true)
                    next = 0
                }
            }
            return waiting[next]
        }
    }

    /// What a thread is at.
    private struct Place {
        /// The kernel's number of the thread.
        var thread: Int32 = 0
        /// When its work began, nanoseconds of a clock that nobody sets; nil where it waits.
        var began: UInt64?
        var isNice = false
        /// Whether the thread has ended.
        var isFree = false
    }

    private let name: String
    private let queue = Mutex(Queue())
    private let places: Mutex<[Place]>
    private let available = DispatchSemaphore(value: 0)
    private let made = Atomic(0)

    /// Starts the threads; they live as long as the process.
    package init(name: String, count: Int) {
        self.name = name
        places = Mutex([Place](repeating: Place(), count: count))
        for place in 0..<count { start(place) }
        let watch = Thread { [self] in
            while true {
                Thread.sleep(forTimeInterval: 0.1)
                look()
            }
        }
        watch.name = "\(name)-watch"
        watch.start()
    }

    /// How many threads were made nice.
    package var niceCount: Int { made.load(ordering: .relaxed) }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.withLock { $0.waiting.append(.job(job)) }
        available.signal()
    }

    /// Calls `body` with 0 up to `count`, on this thread and on others that have nothing else to do; returns when all
    /// calls have.
    package func perform(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        if count <= 1 { return (0..<count).forEach(body) }
        let claimed = Claims()
        let ended = DispatchSemaphore(value: 0)
        let run: @Sendable () -> Void = {
            while let place = claimed.next(below: count) { body(place) }
        }
        let call = queue.withLock { queue in
            queue.calls += 1
            let call = queue.calls
            for _ in 1..<count {
                queue.waiting.append(
                    .share(call) {
                        run()
                        ended.signal()
                    })
            }
            return call
        }
        for _ in 1..<count { available.signal() }
        run()
        // What nobody has begun is not needed any more; what was begun is waited for.
        let begun = queue.withLock { queue in
            let before = queue.waiting.count - queue.next
            queue.waiting.removeSubrange(..<queue.next)
            queue.next = 0
            queue.waiting.removeAll { if case .share(call, _) = $0 { true } else { false } }
            return count - 1 - (before - queue.waiting.count)
        }
        for _ in 0..<begun { ended.wait() }
    }

    private func start(_ place: Int) {
        let thread = Thread { [self] in
            let number = thread_number()
            places.withLock { $0[place] = Place(thread: number) }
            while true {
                available.wait()
                // Shares that were taken back leave their signals behind.
                guard let work = queue.withLock({ $0.take() }) else { continue }
                places.withLock { $0[place].began = DispatchTime.now().uptimeNanoseconds }
                switch work {
                case .job(let job): unsafe job.runSynchronously(on: asUnownedTaskExecutor())
                case .share(_, let body): body()
                }
                let isNice = places.withLock { places in
                    places[place].began = nil
                    places[place].isFree = places[place].isNice
                    return places[place].isNice
                }
                if isNice { return }
            }
        }
        thread.name = "\(name)-\(place)"
        thread.start()
    }

    /// Replaces the threads that have ended, and makes those nice whose work has gone on for long.
    private func look() {
        let now = DispatchTime.now().uptimeNanoseconds
        let free = places.withLock { places in places.indices.filter { places[$0].isFree } }
        for place in free {
            places.withLock { $0[place].isFree = false }
            start(place)
        }
        places.withLock { places in
            for place in places.indices where !places[place].isNice {
                guard let began = places[place].began, now > began, now - began > Self.patience else { continue }
                // Where the kernel does not want to, the work goes on as it is.
                guard set_niceness(places[place].thread, Self.niceness) == 0 else { continue }
                places[place].isNice = true
                made.add(1, ordering: .relaxed)
            }
        }
    }
}

/// The numbers of a call of `perform` that are given out.
private final class Claims: Sendable {
    private let count = Atomic(0)

    func next(below limit: Int) -> Int? {
        let place = count.add(1, ordering: .relaxed).oldValue
        return place < limit ? place : nil
    }
}
