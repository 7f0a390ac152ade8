import Glibc

/// How many files and sockets the process may have open.
package enum OpenFiles {
    /// Raises the limit as far as the hard limit lets; answers what it is then.
    ///
    /// A shell's usual 1,024 would refuse the 1,025th station.
    @discardableResult
    package static func raiseLimit() -> Int {
        var limit = rlimit()
        // The structure outlives both calls, which read and write nothing else.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        if limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        return Int(clamping: limit.rlim_cur)
    }
}
