import LineProtocol
import Synchronization

/// What one request may weigh.
package struct HTTPLimits: Sendable {
    /// Bytes of a body as sent.
    package var bodyByteCount = 64 << 20
    /// Bytes of a body when inflated.
    package var inflatedByteCount = 256 << 20
    /// Bytes of all header fields together, and of one.
    package var headerByteCount = 80 << 10
    /// Connections at once; 0 for any number.
    package var connectionCount = 0

    /// The defaults.
    package init() {}
}

/// What the HTTP API has done; plain numbers for `/metrics`.
package final class HTTPCounters: Sendable {
    /// The numbers at one instant.
    package struct Snapshot: Sendable {
        /// Writes by status.
        package var writesByStatus: [Int: Int] = [:]
        /// Lines that could not be read.
        package var badLines = 0
        /// Rows that were read from lines.
        package var rows = 0
        /// Statements of queries.
        package var queries = 0
        /// Statements that ended in an error.
        package var queryErrors = 0
        /// Connections beyond the limit.
        package var refusedConnections = 0
        /// Requests whose sender is not who they say.
        package var failedAuthentications = 0
    }
    private let state = Mutex(Snapshot())

    /// Counters at zero.
    package init() {}

    /// The numbers now.
    package var snapshot: Snapshot { state.withLock { $0 } }

    func noteWrite(status: Int) { state.withLock { $0.writesByStatus[status, default: 0] += 1 } }

    func noteRefusedConnection() { state.withLock { $0.refusedConnections += 1 } }

    func noteFailedAuthentication() { state.withLock { $0.failedAuthentications += 1 } }

    func noteLines(_ report: LineProtocolReport) {
        state.withLock { state in
            state.badLines += report.badLineCount
            state.rows += report.rowCount
        }
    }

    func noteQuery(isError: Bool) {
        state.withLock { state in
            state.queries += 1
            if isError { state.queryErrors += 1 }
        }
    }
}
