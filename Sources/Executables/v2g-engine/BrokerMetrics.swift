import MQTTIngest
import Observability
import ResultPublication

/// What is counted about MQTT, with the broker as a label.
extension EngineMetrics {
    static func brokers(_ parts: EngineParts, _ text: inout PrometheusText) {
        readings(parts.mqtt.map { ($0.name, $0.counters) }, &text)
        results(parts.publications.map { ($0.name, $0.counters) }, &text)
    }

    private static func readings(_ brokers: [(String, MQTTIngest.Counters)], _ text: inout PrometheusText) {
        typealias Sample = (PrometheusText.Kind, String, String, (MQTTIngest.Counters) -> Int)
        let samples: [Sample] = [
            (.gauge, "connected", "Connections that the broker has accepted.", { $0.connected }),
            (.counter, "connections_total", "Connections accepted.", { $0.connections }),
            (.counter, "failures_total", "Connections that failed or ended.", { $0.failures }),
            (.counter, "messages_total", "Messages read.", { $0.messages }),
            (.counter, "messages_dropped_total", "Messages that said nothing readable.", { $0.droppedMessages }),
            (.counter, "frames_total", "Rows made durable.", { $0.frames }),
            (.counter, "rows_refused_total", "Rows that the store refused.", { $0.refusedRows }),
            (
                .counter, "broker_dropped_total", "Messages that the broker says it dropped, for whomever.",
                { $0.brokerDropped }
            ),
            (.gauge, "other_group_members", "Other engines in our shared group.", { $0.otherMembers }),
            (
                .counter, "batches_refused_total", "Batches left unacknowledged, to come again.",
                { $0.refusedBatches }
            ),
        ]
        for (kind, name, help, value) in samples {
            for (broker, counters) in brokers {
                text.add("feederline_mqtt_\(name)", kind, help, labels: [("broker", broker)], value(counters))
            }
        }
        for (broker, counters) in brokers {
            for (flaw, count) in counters.flaws.byLabel.sorted(by: { $0.key < $1.key }) {
                text.add(
                    "feederline_mqtt_flaws_total", .counter, "Messages, elements and fields with a flaw.",
                    labels: [("broker", broker), ("kind", flaw)], count)
            }
        }
    }

    private static func results(_ brokers: [(String, ResultPublication.Counters)], _ text: inout PrometheusText) {
        typealias Sample = (PrometheusText.Kind, String, String, (ResultPublication.Counters) -> Int)
        let samples: [Sample] = [
            (.gauge, "connected", "1 while results can be published.", { $0.isConnected ? 1 : 0 }),
            (.counter, "published_total", "Results that the broker acknowledged.", { $0.acknowledged }),
            (.counter, "refused_total", "Results that the broker refused.", { $0.refused }),
            (.counter, "superseded_total", "Results that a newer one overtook unsent.", { $0.superseded }),
            (.counter, "dropped_total", "Results dropped for want of room.", { $0.dropped }),
            (.gauge, "waiting", "Results that wait for the broker.", { $0.waiting }),
            (.counter, "failures_total", "Connections for results that failed or ended.", { $0.failures }),
        ]
        for (kind, name, help, value) in samples {
            for (broker, counters) in brokers {
                text.add("feederline_mqtt_results_\(name)", kind, help, labels: [("broker", broker)], value(counters))
            }
        }
    }
}
