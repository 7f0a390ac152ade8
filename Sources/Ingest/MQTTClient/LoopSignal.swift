import Glibc
import Synchronization

/// Wakes a thread that waits in `poll`: for good when it shall end, or once when there is something for it to do.
package final class LoopSignal: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32
    private let raised = Atomic(false)
    private let rung = Atomic(false)

    /// A signal that nobody has given yet.
    package init() {
        var ends: [Int32] = [-1, -1]
        // Without descriptors left the flags alone work, at the latest a poll's timeout later.
        if unsafe pipe(&ends) != 0 { ends = [-1, -1] }
        for end in ends where end >= 0 {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        readEnd = ends[0]
        writeEnd = ends[1]
    }

    /// Whether the thread shall end.
    package var isRaised: Bool { raised.load(ordering: .acquiring) }

    /// Says that the thread shall end.
    package func raise() {
        guard !raised.exchange(true, ordering: .acquiringAndReleasing) else { return }
        wake()
    }

    /// Wakes the thread once.
    package func ring() {
        guard !rung.exchange(true, ordering: .acquiringAndReleasing) else { return }
        wake()
    }

    private func wake() {
        var byte: UInt8 = 1
        // One byte of a local; a pipe that is full wakes as well.
        _ = unsafe write(writeEnd, &byte, 1)
    }

    /// Waits until `descriptor` has one of `events`, the signal is given or the time is over.
    ///
    /// - Parameter descriptor: what to wait for besides the signal; -1 for nothing.
    /// - Returns: what happened on `descriptor`, 0 for nothing.
    package func wait(for events: Int32, on descriptor: Int32, milliseconds: Int) -> Int32 {
        var set = [
            pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: events), revents: 0),
            pollfd(fd: isRaised ? -1 : readEnd, events: Int16(truncatingIfNeeded: POLLIN), revents: 0),
        ]
        // Two entries, as the array has.
        guard unsafe poll(&set, 2, Int32(clamping: milliseconds)) > 0 else { return 0 }
        if set[1].revents != 0 {
            // Before the bytes: who rings between the two writes another.
            rung.store(false, ordering: .releasing)
            var bytes: [UInt8] = [0, 0, 0, 0]
            // At most as many bytes as the array has.
            _ = unsafe read(readEnd, &bytes, bytes.count)
        }
        return Int32(set[0].revents)
    }

    deinit {
        if readEnd >= 0 { _ = close(readEnd) }
        if writeEnd >= 0 { _ = close(writeEnd) }
    }
}
