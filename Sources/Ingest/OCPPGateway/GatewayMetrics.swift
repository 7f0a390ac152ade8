package import Observability
import OCPPSession

extension OCPPGateway {
    /// Writes what the gateway counted as metrics.
    package func writeMetrics(_ text: inout PrometheusText) {
        let counters = counters
        text.add("feederline_ocpp_connections", .gauge, "Stations connected.", counters.connections)
        text.add(
            "current_connections", .gauge, "Stations connected, by the name that autoscalers ask for.",
            counters.connections)
        text.add("feederline_ocpp_connections_total", .counter, "Connections taken.", counters.connectionsTotal)
        text.add(
            "feederline_ocpp_deflate_connections_total", .counter, "Connections that agreed to permessage-deflate.",
            counters.compressedConnectionsTotal)
        text.add(
            "feederline_ocpp_handshakes_refused_total", .counter, "Handshakes refused.", counters.refusedHandshakes)
        text.add(
            "feederline_ocpp_unauthorized_total", .counter, "Handshakes refused for want of a proof.",
            counters.unauthorizedHandshakes)
        text.add(
            "feederline_ocpp_tls_failures_total", .counter, "TLS handshakes that failed (TLS_ERR_HANDSHAKE).",
            counters.failedTLSHandshakes)
        for (reason, count) in [
            ("silent", counters.silentConnections), ("slow", counters.slowConnections),
            ("flooding", counters.floodingConnections), ("inflating", counters.inflatingConnections),
        ] {
            text.add(
                "feederline_ocpp_connections_shed_total", .counter, "Connections dropped, by reason.",
                labels: [("reason", reason)], count)
        }
        writeTimes(counters, &text)
        writeMessages(counters, &text)
    }

    private func writeTimes(_ counters: Counters, _ text: inout PrometheusText) {
        text.add("feederline_ocpp_pongs_total", .counter, "Pongs that came back.", counters.pongs)
        text.add(
            "feederline_ocpp_round_trip_seconds_total", .counter, "The sum of round trips of pings.",
            Double(counters.pongNanoseconds) / 1e9)
        text.add(
            "feederline_ocpp_slow_pongs_total", .counter, "Round trips over 100 ms.", counters.slowPongs)
        if let clock = SystemClock.read() {
            text.add(
                "feederline_clock_synchronized", .gauge, "Whether a time daemon keeps the machine's clock.",
                clock.isSynchronized ? 1 : 0)
            text.add(
                "feederline_clock_max_error_seconds", .gauge,
                "The largest error of the clock that the kernel knows of.",
                clock.maxErrorSeconds)
        }
        if shared.settings.timeServer != nil {
            text.add(
                "feederline_ntp_failures_total", .counter, "Questions to the time server without an answer.",
                counters.timeServerFailures)
        }
        if let offset = counters.clockOffsetNanoseconds {
            text.add(
                "feederline_ntp_offset_seconds", .gauge, "The time server's clock less ours.", Double(offset) / 1e9)
        }
        // One series a station is much for a fleet: those that are slow are named, up to a hundred.
        let slow = shared.directory.connected().filter { $0.roundTripNanoseconds ?? 0 > 100_000_000 }
        for station in slow.sorted(by: { $0.roundTripNanoseconds ?? 0 > $1.roundTripNanoseconds ?? 0 }).prefix(100) {
            text.add(
                "feederline_ocpp_round_trip_seconds", .gauge, "The last round trip of stations over 100 ms.",
                labels: [("station", station.identity)], Double(station.roundTripNanoseconds ?? 0) / 1e9)
        }
        guard let expiry = certificateExpiry else { return }
        text.add(
            "feederline_ocpp_certificate_expiry_timestamp_seconds", .gauge,
            "When the server's certificate expires, seconds since 1970 UTC.", expiry)
    }

    private func writeMessages(_ counters: Counters, _ text: inout PrometheusText) {
        text.add(
            "feederline_ocpp_invalid_messages_total", .counter, "Messages that could not be read (OCPP_JSON_INVALID).",
            counters.invalidMessages)
        text.add("feederline_ocpp_frames_total", .counter, "Frames handed to the store.", counters.frames)
        text.add(
            "feederline_ocpp_frames_refused_total", .counter, "Frames that the store will never take.",
            counters.sessions.droppedFrames)
        text.add("feederline_ocpp_commands_total", .counter, "CALLs sent to stations.", counters.sessions.commands)
        for (reason, count) in counters.failedCommandsByReason.sorted(by: { $0.key < $1.key }) {
            text.add(
                "feederline_ocpp_commands_failed_total", .counter, "CALLs to stations without an answer.",
                labels: [("reason", reason)], count)
        }
        for (action, count) in counters.messagesByAction.sorted(by: { $0.key < $1.key }) {
            text.add(
                "feederline_ocpp_messages_total", .counter, "CALLs by action.", labels: [("action", action)], count)
        }
        for (code, count) in counters.callErrorsByCode.sorted(by: { $0.key < $1.key }) {
            text.add("feederline_ocpp_call_errors_total", .counter, "CALLERRORs sent.", labels: [("code", code)], count)
        }
        for (kind, count) in counters.deviationsByKind.sorted(by: { $0.key < $1.key }) {
            text.add(
                "feederline_ocpp_deviations_total", .counter, "Deviations tolerated.", labels: [("kind", kind)], count)
        }
    }
}
