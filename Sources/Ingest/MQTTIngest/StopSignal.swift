import Glibc
import Synchronization

/// Wakes a thread that waits in `poll` when it shall end: a flag, and a pipe that becomes readable with it.
final class StopSignal: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32
    private let raised = Atomic(false)

    init() {
        var ends: [Int32] = [-1, -1]
        // Without descriptors left the flag alone works, at the latest a poll's timeout later.
        if unsafe pipe(&ends) != 0 { ends = [-1, -1] }
        for end in ends where end >= 0 { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    /// Whether the thread shall end.
    var isRaised: Bool { raised.load(ordering: .acquiring) }

    /// Says that the thread shall end.
    func raise() {
        guard !raised.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var byte: UInt8 = 1
        // One byte of a local; the pipe is empty before it and holds it.
        _ = unsafe write(writeEnd, &byte, 1)
    }

    /// Waits until `descriptor` has one of `events`, the signal is raised or the time is over.
    ///
    /// - Parameter descriptor: what to wait for besides the signal; -1 for nothing.
    /// - Returns: what happened on `descriptor`, 0 for nothing.
    func wait(for events: Int32, on descriptor: Int32, milliseconds: Int) -> Int32 {
        var set = [
            pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0),
            pollfd(fd: isRaised ? -1 : readEnd, events: Int16(truncatingIfNeeded: POLLIN), revents: 0),
        ]
        // Two entries, as the array has.
        guard unsafe poll(&set, 2, Int32(clamping: milliseconds)) > 0 else { return 0 }
        return Int32(set[0].revents)
    }

    deinit {
        if readEnd >= 0 { _ = close(readEnd) }
        if writeEnd >= 0 { _ = close(writeEnd) }
    }
}
