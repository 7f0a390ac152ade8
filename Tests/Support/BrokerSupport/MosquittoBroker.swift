import Foundation
import Glibc
package import Synchronization
package import Telemetry

/// A real mosquitto on a free loopback port, with a directory of its own.
package final class MosquittoBroker {
    /// Debian's broker.
    package static let program = "/usr/sbin/mosquitto"
    /// Debian's publishing client.
    package static let publisher = "/usr/bin/mosquitto_pub"
    /// Whether Debian's packages `mosquitto` and `mosquitto-clients` are here.
    package static var isInstalled: Bool {
        FileManager.default.isExecutableFile(atPath: program) && FileManager.default.isExecutableFile(atPath: publisher)
    }

    /// Where it listens.
    package let port: Int
    private let directory: URL
    private var process: Process?

    /// Picks the port; `start` makes the broker listen.
    package init() throws {
        port = try Loopback.freePort()
        directory = FileManager.default.temporaryDirectory.appending(path: "mqtt-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        // Only root is turned into another user, which could not write here.
        let configuration = """
            listener \(port) 127.0.0.1
            allow_anonymous true
            persistence true
            persistence_location \(directory.path)/
            max_inflight_messages 0
            max_queued_messages 0
            user root

            """
        try configuration.write(to: directory.appending(path: "m.conf"), atomically: true, encoding: .utf8)
    }

    /// Starts the broker and waits until it accepts connections.
    package func start() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.program)
        process.arguments = ["-c", directory.appending(path: "m.conf").path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try Self.withOpenSignals { try process.run() }
        self.process = process
        try eventually("mosquitto listens") { Loopback.accepts(self.port) }
    }

    /// Runs `body` with no signal blocked: a child inherits the mask, and the pool's threads block SIGTERM.
    private static func withOpenSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        // Both sets are locals that the calls fill.
        _ = unsafe sigemptyset(&none)
        _ = unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { _ = unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    /// Stops the broker as its operator would: its sessions are kept.
    package func stop() {
        process?.terminate()
        process?.waitUntilExit()
        process = nil
    }

    /// Publishes and returns when the broker has it, at QoS 1.
    package func publish(
        _ topic: String, _ payload: String, contentType: String? = nil, isRetained: Bool = false, quality: Int = 1
    ) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.publisher)
        process.arguments =
            ["-V", "5", "-h", "127.0.0.1", "-p", "\(port)", "-q", "\(quality)", "-t", topic, "-m", payload]
            + (isRetained ? ["-r"] : [])
            + (contentType.map { ["-D", "PUBLISH", "content-type", $0] } ?? [])
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw TestFailure("mosquitto_pub ended with \(process.terminationStatus)") }
    }

    /// What a subscriber gets: the first `count` messages, each as mosquitto_sub's `format` says; fewer after 10 s.
    package func subscribe(_ topic: String, count: Int, format: String) throws -> [String] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/mosquitto_sub")
        process.arguments = [
            "-V", "5", "-h", "127.0.0.1", "-p", "\(port)", "-q", "1", "-t", topic, "-C", "\(count)", "-W", "10",
            "-F", format,
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: directory)
    }
}

/// A broker for one connection that answers CONNECT with given bytes.
package final class ScriptedBroker {
    /// Where it listens.
    package let port: Int
    private let listener: Int32

    /// Listens at once.
    package init(answer: [UInt8]) throws {
        (listener, port) = try Loopback.bound()
        guard listen(listener, 1) == 0 else { throw TestFailure("cannot listen") }
        let listener = listener
        Thread.detachNewThread {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            var request = [UInt8](repeating: 0, count: 512)
            // Both buffers are arrays with their counts.
            _ = unsafe recv(connection, &request, request.count, 0)
            _ = unsafe send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
            _ = unsafe recv(connection, &request, request.count, 0)
            close(connection)
        }
    }

    deinit {
        _ = shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }
}

/// Sockets of 127.0.0.1.
package enum Loopback {
    /// An address of 127.0.0.1.
    static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    /// A socket bound to a free port.
    static func bound() throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // The address is a local of the length that is given with it.
        let code = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                unsafe bind(descriptor, name, length) == 0 ? getsockname(descriptor, name, &length) : -1
            }
        }
        guard code == 0 else {
            close(descriptor)
            throw TestFailure("no free port")
        }
        return (descriptor, Int(in_port_t(bigEndian: address.sin_port)))
    }

    /// A port on which nobody listens.
    package static func freePort() throws -> Int {
        let (descriptor, port) = try bound()
        close(descriptor)
        return port
    }

    /// Whether somebody listens on `port`.
    package static func accepts(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = address(port)
        // The address is a local of the length that is given with it.
        return unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                unsafe connect(descriptor, name, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

/// Why a test could not go on.
package struct TestFailure: Error, CustomStringConvertible {
    /// One line.
    package let description: String

    /// The reason.
    package init(_ description: String) {
        self.description = description
    }
}

/// Looks again and again, at most 20 s, until another process has done its part.
package func eventually(_ what: String, _ isTrue: () -> Bool) throws {
    for _ in 0..<2_000 {
        if isTrue() { return }
        usleep(10_000)
    }
    throw TestFailure("in vain: \(what)")
}

/// A sink that remembers what it got, and refuses while it is told to.
package final class RecordingSink: FrameSink {
    /// What it knows.
    package struct State {
        /// Whether it refuses.
        package var isRefusing = false
        /// Batches that it refused.
        package var refused = 0
        /// The values of `current_a`, in order.
        package var currents: [Double] = []
    }
    /// What it knows.
    package let state = Mutex(State())

    /// An empty one.
    package init() {}

    /// Answers at once.
    package func submit(
        _ batch: FrameBatch, whenDurable: @escaping @Sendable (Result<FrameReceipt, FrameError>) -> Void
    ) {
        let result = state.withLock { state -> Result<FrameReceipt, FrameError> in
            if state.isRefusing {
                state.refused += 1
                return .failure(FrameError(.diskFull, "no space left"))
            }
            for table in batch.tables {
                guard let column = table.field("current_a") else { continue }
                for row in 0..<table.rowCount {
                    if case .float(let value) = column[row] { state.currents.append(value) }
                }
            }
            return .success(FrameReceipt(position: 1))
        }
        whenDurable(result)
    }

    /// The values of `current_a`, in order.
    package var currents: [Double] { state.withLock { $0.currents } }
}
