import DispatchFeedProtocol
import SwiftProtobuf

/// From the service's messages to the feed's own words.
extension FeedFilter {
    /// The filter of a request; nil where it names an operator that there is none of.
    init?(_ message: Feederline_Dispatch_V1_ResultFilter) {
        self.init()
        feeders = Set(message.feeders)
        windowSeconds = Set(message.windowSeconds.map(Int64.init))
        for name in message.operators {
            switch name {
            case .feederAggregate: operators.insert(.feederAggregate)
            case .fcrReadiness: operators.insert(.fcrReadiness)
            case .unspecified, .UNRECOGNIZED: return nil
            }
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
        switch series.operator {
        case .feederAggregate:
            message.operator = .feederAggregate
            message.feederAggregate = aggregate
        case .fcrReadiness:
            message.operator = .fcrReadiness
            message.fcrReadiness = readiness
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
        return values
    }
}
