import Dispatch

/// Work that blocks on disk or computes for long, kept off the event loops and the cooperative pool.
enum BlockingWork {
    private static let queue = DispatchQueue(label: "feederline.queries", qos: .userInitiated, attributes: .concurrent)
    /// A query beyond these waits, rather than slow the writers.
    private static let places = DispatchSemaphore(value: 4)

    /// Runs `body` on a thread of its own and returns what it gives.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                places.wait()
                defer { places.signal() }
                continuation.resume(with: Result { try body() })
            }
        }
    }
}
