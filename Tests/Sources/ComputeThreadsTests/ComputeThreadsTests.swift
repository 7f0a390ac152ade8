import CThread
import ComputeThreads
import Dispatch
import Synchronization
import Testing

@Suite("Threads for long work")
struct ComputeThreadsTests {
    private static let threads = ComputeThreads(name: "test", count: 2)

    @Test("every share is carried out once, however many callers share the threads, and before the call returns")
    func shares() {
        let sums = Mutex([Int](repeating: 0, count: 64))
        DispatchQueue.concurrentPerform(iterations: 8) { caller in
            for round in 0..<200 {
                let count = round % 9
                let seen = Mutex([Int](repeating: 0, count: count))
                Self.threads.perform(count) { place in seen.withLock { $0[place] += 1 } }
                #expect(seen.withLock { $0 } == [Int](repeating: 1, count: count))
                sums.withLock { $0[caller] += count }
            }
        }
        let perCaller = (0..<200).reduce(0) { $0 + $1 % 9 }
        let sum = sums.withLock { $0.reduce(0, +) }
        #expect(sum == 8 * perCaller)
    }

    @Test("work that goes on for long is made nice, what comes after it is not", .timeLimit(.minutes(5)))
    func niceness() async {
        let threads = ComputeThreads(name: "nice", count: 1)
        func run(_ body: @escaping @Sendable () -> Int32) async -> Int32 {
            await withTaskExecutorPreference(threads) { await Task(executorPreference: threads) { body() }.value }
        }
        let here: @Sendable () -> Int32 = { own_niceness() }
        let before = await run(here)
        let nice = await run {
            let begin = DispatchTime.now().uptimeNanoseconds
            // Busy for longer than the patience, as a query is; the watch looks ten times a second.
            while threads.niceCount == 0, DispatchTime.now().uptimeNanoseconds - begin < 60_000_000_000 {}
            return here()
        }
        #expect(nice > before && threads.niceCount == 1)
        #expect(await run(here) == before)
    }
}
