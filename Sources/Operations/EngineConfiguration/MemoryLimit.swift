import Foundation

/// How much memory this process may take: the machine's, or less where a control group of Linux says so.
package enum MemoryLimit {
    /// Bytes.
    package static var byteCount: Int {
        let machine = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        let group = groupLimit { try? String(contentsOfFile: $0, encoding: .utf8) }
        return min(machine, group ?? machine)
    }

    /// The least limit of the process's group and those above it, nil where there is none.
    ///
    /// Both versions of control groups are asked: version 2 names its files `memory.max`, version 1 `memory.limit_in_bytes`.
    /// In a container the group's path may not be seen; then the root that is seen is the container's own.
    ///
    /// - Parameter read: gives the content of a file, nil where there is none.
    static func groupLimit(_ read: (String) -> String?) -> Int? {
        var least: Int?
        for line in (read("/proc/self/cgroup") ?? "").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isSecond = parts[0] == "0" && parts[1].isEmpty
            guard isSecond || parts[1].split(separator: ",").contains("memory") else { continue }
            let roots = isSecond ? ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] : ["/sys/fs/cgroup/memory"]
            let file = isSecond ? "memory.max" : "memory.limit_in_bytes"
            var names = parts[2].split(separator: "/")
            while true {
                for root in roots {
                    let path = ([root[...]] + names + [file[...]]).joined(separator: "/")
                    let text = read(path)?.trimmingCharacters(in: .whitespacesAndNewlines)
                    // "max" is no number; version 1 writes a number beyond every machine instead.
                    if let limit = text.flatMap(Int.init), limit > 0 { least = min(least ?? limit, limit) }
                }
                if names.popLast() == nil { break }
            }
        }
        return least
    }
}
