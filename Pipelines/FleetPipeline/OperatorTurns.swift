/// When operators that have a lateness of their own give their rows: like all others until it is over, then once as final,
/// and once more behind the allowed lateness if something changed in between.
extension FleetPipeline {
    /// Why a window is looked at.
    struct Turn {
        /// The lateness whose operators have their last turn; nil where all have theirs.
        var own: Int64?
        /// Whether the allowed lateness is over.
        var isFinal: Bool
        /// Whether something changed behind an operator's own lateness.
        var isBehind: Bool
        /// The second behind the window.
        var end: Int64
    }

    /// Whether an operator gives a window in a turn: nil for no, else whether it is final.
    @inline(__always)
    func finality(_ one: BuiltInOperators, _ group: Int32, _ size: Int64, _ turn: Turn) -> Bool? {
        guard settings.operators.contains(one) else { return nil }
        return settings.perOperator.isEmpty ? turn.isFinal : ownFinality(one, group, size, turn)
    }

    private func ownFinality(_ one: BuiltInOperators, _ group: Int32, _ size: Int64, _ turn: Turn) -> Bool? {
        let told = settings.told(one)
        guard told.gives(groups[Int(group)].name, size) else { return nil }
        guard let lateness = told.lateness, lateness < settings.allowedLateness else {
            return turn.own == nil ? turn.isFinal : nil
        }
        if let own = turn.own { return own == lateness ? true : nil }
        guard isOver(lateness, turn.end) else { return turn.isFinal }
        // What closes behind its lateness at once, as in replayed history, has had no turn yet.
        let wasGiven = ownFrontiers[lateness].map { turn.end <= $0 } ?? false
        return !wasGiven || (turn.isFinal && turn.isBehind) ? true : nil
    }

    /// Whether the operators that have this lateness of their own are among those of a kind of group.
    func isAnyTold(_ own: Int64, _ kind: GroupKind) -> Bool {
        operators(of: kind).contains { settings.operators.contains($0) && settings.told($0).lateness == own }
    }

    /// Whether a change is kept from an operator until the allowed lateness is over.
    @inline(__always)
    func isWithheld(_ kind: GroupKind, _ turn: Turn) -> Bool {
        guard turn.own == nil, !turn.isFinal, !settings.perOperator.isEmpty else { return false }
        return isAnyWithheld(kind, turn)
    }

    private func isAnyWithheld(_ kind: GroupKind, _ turn: Turn) -> Bool {
        operators(of: kind).contains { one in
            settings.told(one).lateness.map { own in ownFrontiers[own].map { turn.end <= $0 } ?? false } ?? false
        }
    }

    private func operators(of kind: GroupKind) -> [BuiltInOperators] {
        switch kind {
        case .feeder: [.feeder, .readiness]
        case .fleet: [.fleet, .fleetReadiness]
        case .site, .transformer: [kind.aggregateOperator]
        }
    }

    private func isOver(_ lateness: Int64, _ end: Int64) -> Bool {
        guard let value = watermark.value else { return false }
        return end <= value.minus(lateness).wholeSecond
    }

    /// Gives the seconds and windows whose operators' own lateness is over.
    ///
    /// - Parameter final: what lies before it was given finally just now.
    mutating func giveOwnFinals(final: Int64) {
        guard !settings.perOperator.isEmpty, let value = watermark.value, let frontier else { return }
        for own in settings.ownLateness {
            let end = min(value.minus(own).wholeSecond, frontier)
            let oldest = groups.reduce(Int64.max) { $1.panes.isEmpty ? $0 : min($0, $1.base) }
            let begin = max(ownFrontiers[own] ?? finalFrontier, min(final, frontier), oldest)
            ownFrontiers[own] = max(ownFrontiers[own] ?? .min, end)
            guard begin < end else { continue }
            for second in begin..<end {
                for group in groups.indices where groups[group].hasPane(second) {
                    giveSecond(Int32(group), second, isFinal: false, own: own)
                }
                for (length, size) in settings.windows.enumerated()
                where size > 1 && (second + 1).aligned(to: size) == second + 1 {
                    for group in groups.indices where groups[group].windows[length][second + 1 - size] != nil {
                        giveWindow(length, Int32(group), second + 1 - size, isFinal: false, own: own)
                    }
                }
            }
        }
    }

    /// What closed behind an operator's own lateness at once was given as final with it.
    mutating func noteOwnFrontiers() {
        guard !settings.perOperator.isEmpty, let value = watermark.value, let frontier else { return }
        for own in settings.ownLateness {
            ownFrontiers[own] = max(ownFrontiers[own] ?? .min, min(value.minus(own).wholeSecond, frontier))
        }
    }
}
