import Telemetry

/// Which of the built-in operators give results, each by the measurement of what it gives.
///
/// One that is off still keeps the sums that others need: the reserve of a feeder needs the temperatures of its
/// transformer, whether or not they are given.
package struct BuiltInOperators: OptionSet, Sendable, Hashable {
    /// One bit an operator.
    package let rawValue: UInt8

    /// The operators of some bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `Feeder_Aggregate`.
    package static let feeder = BuiltInOperators(rawValue: 1)
    /// `Site_Aggregate`.
    package static let site = BuiltInOperators(rawValue: 2)
    /// `Transformer_Aggregate`.
    package static let transformer = BuiltInOperators(rawValue: 4)
    /// `Fleet_Aggregate`.
    package static let fleet = BuiltInOperators(rawValue: 8)
    /// `FCR_Readiness`, the feeders'.
    package static let readiness = BuiltInOperators(rawValue: 16)
    /// `Fleet_Readiness`.
    package static let fleetReadiness = BuiltInOperators(rawValue: 32)
    /// `Transformer_State`.
    package static let thermal = BuiltInOperators(rawValue: 64)
    /// `FCR_Audit`.
    package static let audit = BuiltInOperators(rawValue: 128)
    /// All.
    package static let all = BuiltInOperators(rawValue: 255)

    /// Each by its name in the configuration, in the order of the bits.
    package static let names: [(name: String, operator: BuiltInOperators)] = [
        (CanonicalNames.feederAggregate, .feeder), (CanonicalNames.siteAggregate, .site),
        (CanonicalNames.transformerAggregate, .transformer), (CanonicalNames.fleetAggregate, .fleet),
        (CanonicalNames.fcrReadiness, .readiness), (CanonicalNames.fleetReadiness, .fleetReadiness),
        (CanonicalNames.transformerState, .thermal), (CanonicalNames.fcrAudit, .audit),
    ]
}

extension GroupKind {
    /// What gives its aggregates.
    var aggregateOperator: BuiltInOperators {
        switch self {
        case .feeder: .feeder
        case .site: .site
        case .transformer: .transformer
        case .fleet: .fleet
        }
    }
}

/// Where results go beside the store and its log, which every result goes to: cursors and repairs go by what stands there.
package struct ResultOutputs: OptionSet, Sendable, Hashable {
    /// One bit an output.
    package let rawValue: UInt8

    /// The outputs of some bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The dispatch feed.
    package static let grpc = ResultOutputs(rawValue: 1)
    /// The brokers that results are published to.
    package static let mqtt = ResultOutputs(rawValue: 2)
    /// Both.
    package static let all: ResultOutputs = [.grpc, .mqtt]
}

/// What one of the built-in operators is told beside the settings of all.
package struct OperatorSettings: Sendable, Hashable {
    /// How long behind the watermark its rows still change, ns, less than the windows' allowed lateness; nil for that.
    ///
    /// They are final then; what changes them later, and yet in time for the others, comes with one more revision when
    /// the allowed lateness is over.
    package var lateness: Int64?
    /// The lengths of windows that it gives, of the settings' ones; nil for all.
    package var lengths: Set<Int64>?
    /// The groups that it gives, by name; nil for all.
    package var groups: Set<String>?

    /// Nothing of its own.
    package init() {}

    /// Whether it gives windows of a group and a length.
    func gives(_ name: String, _ size: Int64) -> Bool {
        (lengths?.contains(size) ?? true) && (groups?.contains(name) ?? true)
    }
}

extension PipelineSettings {
    /// What an operator is told alone.
    func told(_ one: BuiltInOperators) -> OperatorSettings { perOperator[one] ?? OperatorSettings() }

    /// The lateness of operators that have their own, ascending.
    var ownLateness: [Int64] {
        Set(perOperator.values.compactMap(\.lateness)).filter { $0 < allowedLateness }.sorted()
    }
}
