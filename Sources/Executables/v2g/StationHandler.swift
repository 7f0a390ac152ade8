import Foundation
import NIOCore
import NIOWebSocket
import Telemetry

/// One charging station: boots, reports its connector, starts a transaction and meters it, one CALL at a time.
final class StationHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private enum Step {
        case boot, status, started, updated
    }

    private var vehicle: SimulatedVehicle
    private let interval: Double
    private let tally: Tally
    private let transaction: String
    private var step = Step.boot
    private var number = 0
    private var sequence = 0
    /// A reading that was answered with an error: the station keeps it and sends it again.
    private var kept: String?

    init(vehicle: SimulatedVehicle, interval: Double, tally: Tally) {
        self.vehicle = vehicle
        self.interval = interval
        self.tally = tally
        transaction = "tx-\(vehicle.name)-\(wallClock() / 1_000_000_000)"
    }

    func handlerAdded(context: ChannelHandlerContext) {
        tally.connected("OCPP", 1)
        send(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        tally.connected("OCPP", -1)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text:
            if let key = frame.maskKey { frame.data.webSocketUnmask(key) }
            answered(context, String(buffer: frame.data))
        case .ping:
            context.writeAndFlush(
                wrapOutboundOut(WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: frame.data)),
                promise: nil)
        case .connectionClose:
            if let key = frame.maskKey { frame.data.webSocketUnmask(key) }
            let code = frame.data.readInteger(as: UInt16.self).map { String($0) } ?? "no code"
            tally.troubled("OCPP", "closed with \(code) \(String(buffer: frame.data))")
            context.close(promise: nil)
        default:
            break
        }
    }

    private func answered(_ context: ChannelHandlerContext, _ answer: String) {
        let before = step
        let isResult = answer.hasPrefix("[3")
        if before == .updated || before == .started {
            if isResult {
                tally.acknowledged("OCPP", 1)
            } else {
                tally.failed("OCPP", 1, "a reading was answered with \(Self.error(answer))")
            }
        } else if !isResult {
            tally.troubled("OCPP", "answered with \(Self.error(answer))")
            context.close(promise: nil)
            return
        }
        if isResult { kept = nil }
        switch before {
        case .boot: step = .status
        case .status: step = .started
        case .started, .updated: if isResult { step = .updated }
        }
        guard before == .started || before == .updated else {
            send(context)
            return
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .nanoseconds(Int64(interval * 1e9))) {
            let (station, context) = bound.value
            if context.channel.isActive { station.send(context) }
        }
    }

    /// Code and description of a CALLERROR.
    private static func error(_ answer: String) -> String {
        let parts = answer.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.count > 5 ? "\(parts[3]): \(parts[5])" : String(answer.prefix(100))
    }

    private func send(_ context: ChannelHandlerContext) {
        number += 1
        let now = Timestamp.formatMilliseconds(wallClock())
        let (action, payload): (String, String)
        switch step {
        case .boot:
            action = "BootNotification"
            payload =
                "{\"reason\":\"PowerUp\",\"chargingStation\":{\"model\":\"V2G-Sim\",\"vendorName\":\"Feederline\"}}"
        case .status:
            action = "StatusNotification"
            payload = "{\"timestamp\":\"\(now)\",\"connectorStatus\":\"Occupied\",\"evseId\":1,\"connectorId\":1}"
        case .started, .updated:
            action = "TransactionEvent"
            if let kept {
                payload = kept
            } else {
                vehicle.advance(interval)
                payload = transactionEvent(now)
                sequence += 1
            }
            kept = payload
        }
        let text = "[2,\"\(vehicle.name)-\(number)\",\"\(action)\",\(payload)]"
        let frame = WebSocketFrame(
            fin: true, opcode: .text, maskKey: .random(), data: context.channel.allocator.buffer(string: text))
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    private func transactionEvent(_ now: String) -> String {
        let isFirst = step == .started
        func sample(_ value: Double, _ measurand: String, _ unit: String, location: String? = nil) -> String {
            "{\"value\":\(value),\"measurand\":\"\(measurand)\",\"unitOfMeasure\":{\"unit\":\"\(unit)\"}"
                + (location.map { ",\"location\":\"\($0)\"" } ?? "") + "}"
        }
        let samples = [
            sample(max(0, vehicle.powerW), "Power.Active.Import", "W"),
            sample(max(0, -vehicle.powerW), "Power.Active.Export", "W"),
            sample(SimulatedVehicle.rounded(vehicle.socPct, 10), "SoC", "Percent", location: "EV"),
            sample(vehicle.voltageV, "Voltage", "V"),
            sample(max(0, vehicle.currentA), "Current.Import", "A"),
            sample(max(0, -vehicle.currentA), "Current.Export", "A"),
            sample(vehicle.frequencyHz, "Frequency", "Hz"),
            sample(vehicle.importWh.rounded(), "Energy.Active.Import.Register", "Wh"),
            sample(vehicle.exportWh.rounded(), "Energy.Active.Export.Register", "Wh"),
        ].joined(separator: ",")
        return "{\"eventType\":\"\(isFirst ? "Started" : "Updated")\",\"timestamp\":\"\(now)\","
            + "\"triggerReason\":\"\(isFirst ? "CablePluggedIn" : "MeterValuePeriodic")\",\"seqNo\":\(sequence),"
            + "\"transactionInfo\":{\"transactionId\":\"\(transaction)\",\"chargingState\":\"Charging\"},"
            + (isFirst ? "\"evse\":{\"id\":1,\"connectorId\":1}," : "")
            + "\"meterValue\":[{\"timestamp\":\"\(now)\",\"sampledValue\":[\(samples)]}]}"
    }
}
