import Testing

@testable import EngineConfiguration

@Suite("How much memory the process may take")
struct MemoryLimitTests {
    @Test("the least limit of the group and those above it counts, in both versions, and none where none is set")
    func groups() {
        func limit(_ files: [String: String]) -> Int? { MemoryLimit.groupLimit { files[$0] } }
        #expect(limit([:]) == nil)
        let second = ["/proc/self/cgroup": "0::/system.slice/engine.service\n"]
        #expect(limit(second) == nil)
        #expect(limit(second.merging(["/sys/fs/cgroup/system.slice/engine.service/memory.max": "max\n"]) { $1 }) == nil)
        let nested = [
            "/sys/fs/cgroup/system.slice/engine.service/memory.max": "4294967296\n",
            "/sys/fs/cgroup/system.slice/memory.max": "1073741824\n",
        ]
        #expect(limit(second.merging(nested) { $1 }) == 1_073_741_824)
        // A container sees its own group as the root.
        #expect(limit(["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "536870912\n"]) == 536_870_912)
        let first = [
            "/proc/self/cgroup": "5:memory:/box\n4:cpu,cpuacct:/other\n0::/\n",
            "/sys/fs/cgroup/memory/box/memory.limit_in_bytes": "268435456\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        ]
        #expect(limit(first) == 268_435_456)
    }

    @Test("it is never more than the machine has")
    func machine() { #expect(MemoryLimit.byteCount > 0) }
}
