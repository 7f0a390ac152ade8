import Dispatch
import Logging
import MQTTClient
import Synchronization
import Telemetry

/// A batch: from the messages that were read to the log, and only then to their acknowledgement.
extension BrokerLoop {
    /// Decodes what was read and blocks until the sink has it; returns when it may be acknowledged.
    mutating func deliver(_ client: BrokerClient) throws(End) {
        let messages = client.inbox.messages
        client.inbox.messages.removeAll(keepingCapacity: true)
        client.inbox.byteCount = 0
        let arrival = shared.clock()
        var decoder = PayloadDecoder(
            baseTopic: settings.baseTopic, payloadByteLimit: settings.payloadByteLimit,
            topology: shared.topology(), arrival: arrival,
            templates: settings.templates)
        var old = decoder
        swap(&decoder.sparkplug, &sparkplug)
        var dropped = 0
        for message in messages {
            let isOld =
                message.isRetained && !message.topic.hasSuffix("/status")
                && !message.topic.hasPrefix(PayloadDecoder.sparkplugPrefix)
            // The deletion of a retained message is no loss.
            guard let flaw = isOld ? old.add(message) : decoder.add(message), flaw != .empty else { continue }
            dropped += 1
            logFlaw(flaw, message, arrival)
        }
        swap(&decoder.sparkplug, &sparkplug)
        decoder.take(old, hasNewer: shared.hasNewer)
        let flaws = decoder.flaws
        let batch = decoder.sealed()
        let result = batch.map(Self.submit(shared.sink))
        if case .failure(let error) = result {
            noteShed(messages, error)
            sparkplug.forgetSequences()
            throw .refused(error)
        }
        pause.reset()
        let receipt = try? result?.get()
        let rows = batch?.rowCount ?? 0
        shared.tally.update {
            $0.messages += messages.count
            $0.droppedMessages += dropped
            $0.flaws.add(flaws)
            $0.frames += rows - (receipt?.droppedRowCount ?? 0)
            $0.refusedRows += receipt?.droppedRowCount ?? 0
        }
        if let refusal = receipt?.firstRefusal {
            shared.logger.warning("the store refused rows of MQTT: \(refusal.code.rawValue): \(refusal.detail)")
        }
    }

    /// Hands a batch on and blocks this thread until it is durable or refused.
    private static func submit(_ sink: any FrameSink) -> (FrameBatch) -> Result<FrameReceipt, FrameError> {
        { batch in
            let answer = Answer()
            sink.submit(batch) { answer.give($0) }
            return answer.wait()
        }
    }

    /// One answer, handed from the sink's thread to the one that waits.
    private final class Answer: Sendable {
        private let result = Mutex<Result<FrameReceipt, FrameError>?>(nil)
        private let isGiven = DispatchSemaphore(value: 0)

        func give(_ answer: Result<FrameReceipt, FrameError>) {
            result.withLock { $0 = answer }
            isGiven.signal()
        }

        func wait() -> Result<FrameReceipt, FrameError> {
            isGiven.wait()
            return result.withLock { $0 } ?? .failure(FrameError(.unavailable, "no answer"))
        }
    }

    /// Messages at QoS 0 in a refused batch are lost: how many is counted, and from where most of them came is told.
    private func noteShed(_ messages: [MQTTMessage], _ error: FrameError) {
        var topics: [String: Int] = [:]
        for message in messages where message.quality == 0 { topics[message.topic, default: 0] += 1 }
        guard let most = topics.max(by: { $0.value < $1.value }) else { return }
        let count = topics.values.reduce(0, +)
        shared.tally.update { $0.flaws.count(.shed, count) }
        shared.logger.warning(
            "\(count) MQTT messages at QoS 0 are lost: \(error.code.rawValue): \(error.detail)",
            metadata: ["topic": "\(most.key.prefix(200))", "messages": "\(most.value)"])
    }

    private mutating func logFlaw(_ flaw: MQTTFlaw, _ message: MQTTMessage, _ now: Int64) {
        if let last = lastFlawLog[flaw], now - last < Self.flawLogInterval, now >= last { return }
        lastFlawLog[flaw] = now
        shared.logger.warning(
            "an MQTT message was dropped: \(flaw.rawValue)",
            metadata: [
                "topic": "\(message.topic.prefix(200))",
                "payload": "\(String(decoding: message.payload.prefix(200), as: UTF8.self).debugDescription)",
            ])
    }
}
