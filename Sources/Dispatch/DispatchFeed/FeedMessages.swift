import DispatchFeedProtocol
import SwiftProtobuf

/// From the service's messages to the feed's own words.
extension FeedFilter {
    /// The filter of a request; nil where it names an operator that there is none of.
    init?(_ message: Feederline_Dispatch_V1_ResultFilter) {
        self.init()
        feeders = Set(message.feeders)
        windowSeconds = Set(message.windowSeconds.map(Int64.init))
        measurements = Set(message.measurements)
        tags = message.tags
        for name in message.operators {
            guard let known = FeedResult.Operator.allCases.first(where: { $0.message == name }) else { return nil }
            operators.insert(known)
        }
    }
}

extension FeedResult.Operator {
    var message: Feederline_Dispatch_V1_Operator {
        switch self {
        case .feederAggregate: .feederAggregate
        case .fcrReadiness: .fcrReadiness
        case .siteAggregate: .siteAggregate
        case .transformerAggregate: .transformerAggregate
        case .fleetAggregate: .fleetAggregate
        case .fleetReadiness: .fleetReadiness
        case .transformerState: .transformerState
        case .fcrAudit: .fcrAudit
        case .declaredStream: .declaredStream
        }
    }
}

/// And back.
extension FeedHub.Response {
    var message: Feederline_Dispatch_V1_SubscribeResponse {
        var message = Feederline_Dispatch_V1_SubscribeResponse()
        message.cursor = cursor
        message.results = results.map(\.message)
        switch notice {
        case .cursorTooOld:
            message.notice.kind = .cursorTooOld
            message.notice.text = "cursor too old: the newest revisions held follow"
        case .cursorAhead:
            message.notice.kind = .cursorAhead
            message.notice.text = "cursor ahead of the log: what comes from now on follows"
        case nil: break
        }
        return message
    }
}

extension FeedResult {
    var message: Feederline_Dispatch_V1_Result {
        var message = Feederline_Dispatch_V1_Result()
        message.cursor = position
        message.feeder = series.feeder
        message.windowStartNs = windowStart
        message.windowSeconds = UInt32(clamping: series.windowSeconds)
        message.revision = revision
        message.isFinal = isFinal
        message.operator = series.operator.message
        message.measurement = series.measurement
        message.tags = series.tags
        for (name, value) in zip(moreNames, more) where !value.isNaN { message.fields[name] = value }
        switch series.operator {
        case .feederAggregate, .siteAggregate, .transformerAggregate, .fleetAggregate:
            message.feederAggregate = aggregate
        case .fcrReadiness, .fleetReadiness: message.fcrReadiness = readiness
        case .transformerState: message.transformerState = state
        case .fcrAudit: message.fcrAudit = audit
        case .declaredStream: break
        }
        return message
    }

    private var aggregate: Feederline_Dispatch_V1_FeederAggregate {
        var values = Feederline_Dispatch_V1_FeederAggregate()
        if let value = float(0) { values.activePowerW = value }
        if let value = float(1) { values.activePowerMinW = value }
        if let value = float(2) { values.activePowerMaxW = value }
        if let value = float(3) { values.energyImportWh = value }
        if let value = float(4) { values.energyExportWh = value }
        if let value = integer(5) { values.readings = value }
        if let value = integer(6) { values.evseExpected = value }
        if let value = integer(7) { values.evseHeard = value }
        if let value = integer(8) { values.evseStale = value }
        if let value = float(9) { values.coverage = value }
        if let value = float(10) { values.socMeanPct = value }
        if let value = float(11) { values.socMinPct = value }
        return values
    }

    private var readiness: Feederline_Dispatch_V1_FcrReadiness {
        var values = Feederline_Dispatch_V1_FcrReadiness()
        if let value = float(0) { values.activePowerW = value }
        if let value = integer(1) { values.evseLive = value }
        if let value = float(2) { values.fcrUpW = value }
        if let value = float(3) { values.fcrDownW = value }
        if let value = float(4) { values.fcrSymmetricW = value }
        if let value = float(5) { values.lostStaleUpW = value }
        if let value = float(6) { values.lostEnergyUpW = value }
        if let value = float(7) { values.lostDepartureUpW = value }
        if let value = float(8) { values.lostFeederUpW = value }
        if let value = float(9) { values.lostStaleDownW = value }
        if let value = float(10) { values.lostEnergyDownW = value }
        if let value = float(11) { values.lostDepartureDownW = value }
        if let value = float(12) { values.lostFeederDownW = value }
        if let value = float(13) { values.dischargePotentialW = value }
        if let value = float(14) { values.dischargeEnergyWh = value }
        if let value = float(15) { values.lostTransformerUpW = value }
        if let value = float(16) { values.lostTransformerDownW = value }
        return values
    }

    private var state: Feederline_Dispatch_V1_TransformerState {
        var values = Feederline_Dispatch_V1_TransformerState()
        if let value = float(0) { values.loadPu = value }
        if let value = float(1) { values.ambientC = value }
        if let value = float(2) { values.topOilC = value }
        if let value = float(3) { values.hotSpotC = value }
        if let value = float(4) { values.ageingRate = value }
        if let value = float(5) { values.lossOfLifeH = value }
        if let value = float(6) { values.admissibleLoadPu = value }
        if let value = float(7) { values.minutesToLimit = value }
        if let value = boolean(8) { values.alarm = value }
        if let value = boolean(9) { values.gap = value }
        return values
    }

    private var audit: Feederline_Dispatch_V1_FcrAudit {
        var values = Feederline_Dispatch_V1_FcrAudit()
        if let value = float(0) { values.frequencyHz = value }
        if let value = float(1) { values.reserveW = value }
        if let value = float(2) { values.requiredW = value }
        if let value = float(3) { values.deliveredW = value }
        if let value = float(4) { values.lowW = value }
        if let value = float(5) { values.highW = value }
        if let value = boolean(6) { values.within = value }
        if let value = boolean(7) { values.alert = value }
        if let value = integer(8) { values.seconds = value }
        if let value = float(9) { values.withinShare = value }
        if let value = float(10) { values.requiredWh = value }
        if let value = float(11) { values.deliveredWh = value }
        if let value = float(12) { values.slope = value }
        return values
    }
}
