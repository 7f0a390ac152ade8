import EngineConfiguration
import Foundation
import Synchronization
import Telemetry

/// The topology file, read anew when told to.
final class TopologySource: Sendable {
    private let path: String?
    private let topology = Mutex(Topology())

    init(path: String?) { self.path = path }

    var current: Topology { topology.withLock { $0 } }

    /// Reads the file; on an error the old topology stays.
    func read() throws {
        guard let path else { return }
        let next = try TopologyFile.parse(try String(contentsOfFile: path, encoding: .utf8), file: path)
        topology.withLock { $0 = next }
    }
}
