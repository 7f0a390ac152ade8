import LogicalPlan
import Yams

/// The list `downsampling` of the configuration: which coarser copies of rows outlive them.
///
///     downsampling:
///       - database: telemetry
///         retention_policy: autogen       # the raw rows' policy; default: the database's default one
///         keep: 7d                        # raw rows; default: as the retention policy says
///         measurements: [Power_Flow]      # default: all
///         functions: [count, sum, mean, min, max, first, last]   # default: these
///         delay_s: 30                     # how long after its end a window is computed first
///         levels:
///           - {every: 1m, keep: 365d}     # into the retention policy "1m"
///           - {every: 15m, keep: inf, retention_policy: quarters}
enum DownsamplingSettings {
    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]

    static func parse(_ node: Node, file: String) throws(ConfigurationError) -> [DownsamplingPolicy] {
        guard let sequence = node.sequence else {
            throw ConfigurationError(file: file, line: node.mark?.line, "downsampling must be a list")
        }
        var policies: [DownsamplingPolicy] = []
        for node in sequence {
            var mapping = try CheckedMapping(node, file: file, what: "an entry of downsampling")
            guard let database = try mapping.text("database"), !database.isEmpty else {
                throw mapping.error(node, "downsampling: an entry names no database")
            }
            var policy = DownsamplingPolicy(database: database, levels: [])
            policy.retentionPolicy = try mapping.text("retention_policy")
            policy.keep = try duration("keep", &mapping, orInfinite: true)
            policy.measurements = try mapping.texts("measurements") ?? []
            policy.functions = try functions(&mapping) ?? policy.functions
            if let delay = try mapping.number("delay_s", in: 0...86_400) { policy.delay = Int64(delay * 1e9) }
            guard let levels = mapping.node("levels"), let list = levels.sequence, !list.isEmpty else {
                throw mapping.error(mapping.node("levels"), "downsampling of \(database) has no levels")
            }
            for level in list { policy.levels.append(try self.level(level, file, after: policy)) }
            if let keep = policy.keep, keep > 0, let last = policy.levels.last, keep < 2 * last.every {
                throw mapping.error(
                    mapping.node("keep"), "keep: raw rows go before a window of \(last.retentionPolicy) has ended")
            }
            let others = policies.filter { $0.database == database && $0.retentionPolicy == policy.retentionPolicy }
            guard others.allSatisfy({ $0.keep == policy.keep }) else {
                throw mapping.error(
                    node, "downsampling of \(database): raw rows are kept as long as another entry says")
            }
            try mapping.finish()
            let targets = policies.filter { $0.database == database }.flatMap(\.levels).map(\.retentionPolicy)
            if let twice = policy.levels.first(where: { targets.contains($0.retentionPolicy) }) {
                throw mapping.error(node, "downsampling: retention policy \(twice.retentionPolicy) is filled twice")
            }
            policies.append(policy)
        }
        return policies
    }

    private static func level(
        _ node: Node, _ file: String, after policy: DownsamplingPolicy
    ) throws(ConfigurationError) -> DownsamplingPolicy.Level {
        var mapping = try CheckedMapping(node, file: file, what: "a level of downsampling")
        guard let every = try duration("every", &mapping), let text = try mapping.text("every") else {
            throw mapping.error(node, "a level of downsampling says not how long its windows are (every)")
        }
        guard let keep = try duration("keep", &mapping, orInfinite: true) else {
            throw mapping.error(node, "level \(text) says not how long it is kept (keep)")
        }
        guard keep == 0 || keep > 2 * every else {
            throw mapping.error(mapping.node("keep"), "level \(text): its windows are not kept until they are computed")
        }
        let name = try mapping.text("retention_policy") ?? text
        try mapping.finish()
        guard !name.isEmpty, name != policy.retentionPolicy,
            !policy.levels.contains(where: { $0.retentionPolicy == name })
        else {
            throw mapping.error(node, "level \(text): retention policy \"\(name)\" is another one's, or no name")
        }
        if let before = policy.levels.last {
            guard every > before.every, every % before.every == 0 else {
                throw mapping.error(node, "level \(text): its windows are no multiple of those of the level before")
            }
        }
        return DownsamplingPolicy.Level(every: every, retentionPolicy: name, keep: keep)
    }

    /// Nanoseconds; 0 for `inf` where that may be.
    private static func duration(
        _ key: String, _ mapping: inout CheckedMapping, orInfinite: Bool = false
    ) throws(ConfigurationError) -> Int64? {
        guard let text = try mapping.text(key) else { return nil }
        if orInfinite, text.lowercased() == "inf" { return 0 }
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
            (1...3_153_600_000).contains(count.multipliedReportingOverflow(by: unit).partialValue), count > 0,
            !count.multipliedReportingOverflow(by: unit).overflow
        else {
            let other = orInfinite ? ", or inf" : ""
            throw mapping.error(
                mapping.node(key), "\(key): \(text) is no duration such as 90s, 15m, 4h, 7d or 52w\(other)")
        }
        let length = count * unit * 1_000_000_000
        guard !orInfinite || length >= 3_600_000_000_000 else {
            throw mapping.error(
                mapping.node(key), "\(key): \(text) is less than the hour that a retention policy keeps at least")
        }
        return length
    }

    private static func functions(
        _ mapping: inout CheckedMapping
    ) throws(ConfigurationError) -> [DownsamplingPolicy.Function]? {
        guard let names = try mapping.texts("functions") else { return nil }
        var functions: [DownsamplingPolicy.Function] = []
        for name in names {
            guard let function = DownsamplingPolicy.Function(rawValue: name) else {
                let known = DownsamplingPolicy.Function.allCases.map(\.rawValue).joined(separator: ", ")
                throw mapping.error(mapping.node("functions"), "functions: \(name) is none of \(known)")
            }
            functions.append(function)
        }
        guard !functions.isEmpty else { throw mapping.error(mapping.node("functions"), "functions: none is given") }
        return functions
    }
}
