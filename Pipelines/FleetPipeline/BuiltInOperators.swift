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
