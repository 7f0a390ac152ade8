/// Why a batch, or a row of one, was refused.
package struct FrameError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of refusal; stable across releases, also the metric label.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// The database does not exist.
        case databaseNotFound = "database_not_found"
        /// The retention policy does not exist.
        case policyNotFound = "policy_not_found"
        /// A field has another type already.
        case typeConflict = "type_conflict"
        /// The point is older than the retention policy keeps.
        case beyondRetention = "beyond_retention"
        /// More waits than the intake holds: come again later.
        case overloaded = "overloaded"
        /// The log could not be written; nothing of the batch counts as stored.
        case logFailed = "log_failed"
        /// The disk is full; reads go on.
        case diskFull = "ERR_DISK_FULL"
        /// The engine is starting or stopping.
        case unavailable = "unavailable"
    }
    /// What kind of refusal this is.
    package let code: Code
    /// One line for the operator, with the offending value.
    package let detail: String

    /// A refusal of kind `code` that says `detail`.
    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The detail.
    package var description: String { detail }
}

/// What became of a batch: durable as far as it could be, with the rows that could not.
package struct FrameReceipt: Sendable, Equatable {
    /// The position in the log after the batch: what was written before it is durable too.
    package let position: UInt64
    /// How many rows were refused.
    package let droppedRowCount: Int
    /// The first refusal, where a row was refused.
    package let firstRefusal: FrameError?

    /// A receipt.
    package init(position: UInt64, droppedRowCount: Int = 0, firstRefusal: FrameError? = nil) {
        self.position = position
        self.droppedRowCount = droppedRowCount
        self.firstRefusal = firstRefusal
    }
}

/// Where decoded batches go: a batch in, a durable position out.
///
/// The one protocol between the edges and the store; tests and a gateway in a process of its own have their own.
package protocol FrameSink: Sendable {
    /// Takes `batch` and calls `whenDurable` once, on any thread, after the log's fsync or with the refusal.
    ///
    /// It never blocks. A full queue refuses at once with `.overloaded`: the caller pushes back on its peer.
    func submit(_ batch: FrameBatch, whenDurable: @escaping @Sendable (Result<FrameReceipt, FrameError>) -> Void)
}

extension FrameSink {
    /// Takes `batch` and returns when it is durable.
    package func submit(_ batch: FrameBatch) async throws(FrameError) -> FrameReceipt {
        let result = await withCheckedContinuation { continuation in
            submit(batch) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}
