package import Observability

extension ForwardingSink {
    /// Writes what was counted as metrics.
    package func writeMetrics(_ text: inout PrometheusText) {
        let counters = counters
        for (way, count) in [
            ("direct", counters.direct), ("spooled", counters.spooled), ("drained", counters.drained),
        ] {
            text.add(
                "feederline_forward_batches_total", .counter,
                "Batches: sent to the engine at once, put on the disk, sent from there.", labels: [("way", way)], count)
        }
        for (reason, count) in [
            ("refused", counters.refused), ("overloaded", counters.overloaded), ("spool_full", counters.spoolFull),
            ("no_spool", counters.unspooled),
        ] {
            text.add(
                "feederline_forward_batches_refused_total", .counter, "Batches that were not taken, by reason.",
                labels: [("reason", reason)], count)
        }
        text.add(
            "feederline_forward_rows_dropped_total", .counter, "Rows from the spool that the engine's store refused.",
            counters.droppedRows)
        text.add("feederline_forward_failures_total", .counter, "Requests that failed.", counters.failures)
        text.add("feederline_forward_waiting", .gauge, "Batches in memory.", counters.waiting)
        text.add(
            "feederline_forward_spooling", .gauge, "1 while readings go to the disk.", counters.isSpooling ? 1 : 0)
        text.add("feederline_forward_spool_bytes", .gauge, "Bytes on the disk.", counters.spool.byteCount)
        text.add(
            "feederline_forward_spool_unreadable_bytes_total", .counter, "Bytes that could not be read back.",
            counters.spool.unreadableByteCount)
    }
}
