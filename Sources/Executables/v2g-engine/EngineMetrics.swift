import DispatchFeed
import Downsampling
import FleetPipeline
import FrameIntake
import HTTPAPI
import MQTTIngest
import OCPPGateway
import Observability
import QueryExecutor
import Subscriptions
import Telemetry
import TimeSeriesStore
import UDPIngest

/// The page of `/metrics`: what every room counts, under one naming rule.
enum EngineMetrics {
    static func page(_ parts: EngineParts) -> String {
        var text = PrometheusText()
        text.add(
            "feederline_ready", .gauge, "1 once the log is replayed and writes are taken.",
            parts.status.current == .ready ? 1 : 0)
        store(parts.store, &text)
        windows(parts.intake, &text)
        http(parts.http.snapshot, &text)
        continuous(parts.continuous.counters, &text)
        downsampling(parts.levels.counters, &text)
        subscriptions(parts.subscriptions.counters, &text)
        parts.ocpp?.writeMetrics(&text)
        brokers(parts, &text)
        if let udp = parts.udp?.counters { datagrams(udp, &text) }
        if let feed = parts.feed?.counters { dispatch(feed, &text) }
        return text.text
    }

    private static func downsampling(_ counters: DownsamplingProgress.Counters, _ text: inout PrometheusText) {
        text.add(
            "feederline_downsampling_points_total", .counter, "Points written to coarser copies.", counters.points)
        text.add(
            "feederline_downsampling_recomputed_total", .counter, "Stretches computed again for late rows.",
            counters.recomputed)
        text.add(
            "feederline_downsampling_unrepaired_total", .counter,
            "Stretches with late rows that stay as they were: retention has taken raw rows of them.",
            counters.unrepaired)
        text.add(
            "feederline_downsampling_failures_total", .counter, "Stretches that failed and are tried again.",
            counters.failures)
        text.add("feederline_downsampling_waiting", .gauge, "Stretches that wait to be computed.", counters.waiting)
    }

    private static func datagrams(_ counters: UDPIngest.Counters, _ text: inout PrometheusText) {
        text.add("feederline_udp_datagrams_total", .counter, "Datagrams that came.", counters.datagrams)
        text.add("feederline_udp_rows_total", .counter, "Rows from datagrams that are stored.", counters.rows)
        text.add(
            "feederline_udp_lines_refused_total", .counter, "Lines in datagrams that could not be read.",
            counters.badLines)
        text.add(
            "feederline_udp_rows_dropped_total", .counter, "Rows from datagrams that the store did not take.",
            counters.droppedRows)
    }

    private static func store(_ store: TimeSeriesStore, _ text: inout PrometheusText) {
        let counters = store.counters
        text.add("feederline_store_rows_total", .counter, "Rows made durable.", counters.rowsWritten)
        text.add(
            "feederline_store_rows_refused_total", .counter, "Rows refused.", labels: [("reason", "type_conflict")],
            counters.rowsTypeConflict)
        text.add(
            "feederline_store_rows_refused_total", .counter, "", labels: [("reason", "beyond_retention")],
            counters.rowsBeyondRetention)
        text.add(
            "feederline_store_batches_failed_total", .counter, "Batches that the log could not take.",
            counters.batchesFailed)
        text.add(
            "feederline_store_batches_shed_total", .counter, "Batches refused for want of room.", counters.batchesShed)
        text.add("feederline_store_commits_total", .counter, "Commits, each with one fsync.", counters.commits)
        text.add("feederline_store_flushes_total", .counter, "Flushes of the memtable.", counters.flushes)
        text.add("feederline_store_compactions_total", .counter, "Merges of a shard's segments.", counters.compactions)
        text.add(
            "feederline_store_maintenance_failures_total", .counter,
            "Flushes and merges that failed and are tried again.", counters.maintenanceFailures)
        text.add(
            "feederline_store_deletions_total", .counter, "Deletions carried out.", counters.deletions)
        text.add(
            "feederline_store_shards_expired_total", .counter, "Shards dropped by retention.", counters.shardsExpired)
        text.add("feederline_store_memory_bytes", .gauge, "Rows in no segment yet.", counters.memoryByteCount)
        text.add("feederline_store_log_bytes", .gauge, "Log files.", counters.logByteCount)
        text.add("feederline_store_segments", .gauge, "Segment files.", counters.segmentCount)
        text.add("feederline_store_segment_bytes", .gauge, "Bytes in segments.", counters.segmentByteCount)
        text.add(
            "feederline_store_decoded_vectors_total", .counter, "Vectors that queries asked for.",
            labels: [("found", "true")], counters.decodedVectorsFound)
        text.add(
            "feederline_store_decoded_vectors_total", .counter, "", labels: [("found", "false")],
            counters.decodedVectorsMissed)
        text.add("feederline_store_decoded_bytes", .gauge, "Decoded vectors that are kept.", counters.decodedByteCount)
        text.add("feederline_store_series", .gauge, "Series of all databases.", counters.seriesCount)
        text.add(
            "feederline_store_quarantined_segments", .gauge, "Segments that could not be read.",
            counters.quarantinedSegmentCount)
        for segment in store.quarantine {
            text.add(
                "feederline_store_quarantined", .gauge, "What could not be read.", labels: [("segment", segment)], 1)
        }
        if !counters.lastTypeConflict.isEmpty {
            text.add(
                "feederline_store_type_conflict", .gauge, "The last refusal for a field's type.",
                labels: [("sample", counters.lastTypeConflict)], 1)
        }
        if let failure = store.writeFailure {
            text.add(
                "feederline_store_write_failure", .gauge, "Why writes are refused.",
                labels: [("code", failure.code.rawValue)], 1)
        }
    }

    private static func windows(_ intake: FrameIntake, _ text: inout PrometheusText) {
        let counters = intake.counters
        text.add("feederline_windows_readings_total", .counter, "Readings that entered a pane.", counters.readings)
        text.add("feederline_windows_repeats_total", .counter, "Readings that came again.", counters.repeats)
        text.add(
            "feederline_windows_late_total", .counter,
            "Readings behind the allowed lateness: stored, repaired from there.",
            counters.late)
        text.add(
            "feederline_windows_future_total", .counter, "Readings too far ahead of the clock: stored, in no pane.",
            counters.future)
        text.add(
            "feederline_windows_repairs_pending", .gauge,
            "Spans of time whose windows wait to be computed from the store.",
            counters.repairsPending)
        text.add(
            "feederline_windows_repairs_dropped_total", .counter, "Such spans that were given up, as too many waited.",
            counters.repairsDropped)
        text.add(
            "feederline_windows_repaired_total", .counter, "Results that were computed from the store.",
            intake.repairedWindowCount)
        text.add(
            "feederline_streams_late_total", .counter,
            "Values behind the lateness of a declared stream, or too far ahead: in no window of it.",
            intake.streamLateCount)
        let failures = intake.repairFailures
        text.add(
            "feederline_windows_repair_failures_total", .counter, "Repairs that failed and are tried again.",
            failures.count)
        text.add(
            "feederline_windows_without_evse_total", .counter, "Points of Power_Flow without EVSE_ID.",
            counters.withoutEVSE)
        text.add(
            "feederline_windows_results_total", .counter, "Results given, revisions counted.", counters.windowsEmitted)
        text.add(
            "feederline_windows_results_refused_total", .counter, "Results that the store did not take.",
            intake.refusedResultCount)
        text.add("feederline_windows_unknown_evses", .gauge, "EVSEs that no topology knows.", counters.unknownEVSEs)
        text.add(
            "feederline_windows_silent_evses", .gauge, "EVSEs of the topology that were never heard.",
            counters.silentEVSEs)
        text.add(
            "feederline_windows_silent_feeders", .gauge, "Feeders of the topology that were never heard.",
            counters.silentFeeders)
        text.add(
            "feederline_windows_waiting_batches", .gauge, "Durable batches that the windows have not seen.",
            intake.waitingBatchCount)
        if let watermark = intake.watermark {
            text.add(
                "feederline_windows_watermark_seconds", .gauge, "Event time up to which windows are given.",
                Double(watermark) / 1e9)
        }
    }

    private static func http(_ counters: HTTPCounters.Snapshot, _ text: inout PrometheusText) {
        for (status, count) in counters.writesByStatus.sorted(by: { $0.key < $1.key }) {
            text.add(
                "feederline_http_writes_total", .counter, "Writes answered.", labels: [("status", String(status))],
                count)
        }
        text.add(
            "feederline_http_lines_total", .counter, "Lines of line protocol.", labels: [("result", "row")],
            counters.rows)
        text.add("feederline_http_lines_total", .counter, "", labels: [("result", "bad")], counters.badLines)
        text.add(
            "feederline_http_statements_total", .counter, "Statements of queries.", labels: [("result", "ok")],
            counters.queries - counters.queryErrors)
        text.add("feederline_http_statements_total", .counter, "", labels: [("result", "error")], counters.queryErrors)
        text.add(
            "feederline_http_connections_refused_total", .counter, "Connections beyond the limit.",
            counters.refusedConnections)
        text.add(
            "feederline_http_authentications_failed_total", .counter, "Requests whose sender is not who they say.",
            counters.failedAuthentications)
    }

    private static func continuous(_ counters: ContinuousQueries.Counters, _ text: inout PrometheusText) {
        text.add(
            "feederline_continuous_query_runs_total", .counter, "Runs of continuous queries.",
            labels: [("result", "ok")], counters.runs)
        text.add(
            "feederline_continuous_query_runs_total", .counter, "", labels: [("result", "error")], counters.failures)
        text.add(
            "feederline_continuous_query_points_total", .counter, "Points that continuous queries wrote.",
            counters.points)
    }

    private static func subscriptions(_ subscriptions: [SubscriptionCounters], _ text: inout PrometheusText) {
        for one in subscriptions {
            let labels = [("database", one.database), ("policy", one.policy), ("subscription", one.name)]
            for (result, count) in [("forwarded", one.forwarded), ("dropped", one.dropped), ("failed", one.failed)] {
                text.add(
                    "feederline_subscription_points_total", .counter,
                    "Points of subscriptions: taken by a destination, without room in the queue, or not taken.",
                    labels: labels + [("result", result)], count)
            }
            text.add(
                "feederline_subscription_waiting_points", .gauge, "Points that wait for a destination.",
                labels: labels, one.waiting)
        }
    }

    private static func dispatch(_ counters: DispatchFeed.Counters, _ text: inout PrometheusText) {
        text.add("feederline_feed_subscribers", .gauge, "Subscribers of the dispatch feed.", counters.subscribers)
        text.add("feederline_feed_results_published_total", .counter, "Results published.", counters.published)
        text.add(
            "feederline_feed_results_delivered_total", .counter, "Results handed to subscribers.", counters.delivered)
        text.add(
            "feederline_feed_results_conflated_total", .counter, "Results that a newer one replaced unsent.",
            counters.conflated)
        text.add(
            "feederline_feed_subscribers_dropped_total", .counter, "Subscribers that were too slow.",
            counters.droppedSubscribers)
    }
}
