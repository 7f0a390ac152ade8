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

    init(vehicle: SimulatedVehicle, interval: Double, tally: Tally) {
        self.vehicle = vehicle
        self.interval = interval
        self.tally = tally
        transaction = "tx-\(vehicle.name)-\(wallClock() / 1_000_000_000)"
    }

    func handlerAdded(context: ChannelHandlerContext) {
        send(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text:
            if let key = frame.maskKey { frame.data.webSocketUnmask(key) }
            answered(context, isResult: String(buffer: frame.data).hasPrefix("[3"))
        case .ping:
            context.writeAndFlush(
                wrapOutboundOut(WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: frame.data)),
                promise: nil)
        case .connectionClose:
            context.close(promise: nil)
        default:
            break
        }
    }

    private func answered(_ context: ChannelHandlerContext, isResult: Bool) {
        let before = step
        if before == .updated || before == .started {
            if isResult {
                tally.acknowledged("OCPP", 1)
            } else {
                tally.failed("OCPP", 1, "the engine answered with an error")
            }
        } else if !isResult {
            context.close(promise: nil)
            return
        }
        switch before {
        case .boot: step = .status
        case .status: step = .started
        case .started, .updated: step = .updated
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
            vehicle.advance(interval)
            action = "TransactionEvent"
            payload = transactionEvent(now)
            sequence += 1
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
