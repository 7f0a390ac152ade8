import Bytes
package import Telemetry

/// Why a checkpoint cannot be taken up; the log can always be replayed from its beginning instead.
package struct CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of refusal; stable across releases.
    package enum Code: String, Equatable, Sendable {
        /// The bytes are not what was written.
        case corrupt
        /// A version that this program does not know.
        case unknownVersion = "unknown_version"
        /// The windows of the settings are not those of the checkpoint.
        case otherWindows = "other_windows"
    }

    /// What kind of refusal this is.
    package let code: Code
    /// One line for the operator.
    package let detail: String

    /// A refusal of kind `code` that says `detail`.
    package init(code: Code, detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The detail.
    package var description: String { detail }
}

/// The whole state of a pipeline in bytes.
///
/// "v" is a varint, "z" a zigzag varint, "f" eight bytes of a double; fixed widths are little-endian. A list is its
/// count (v), then its entries; a text its byte count (v), then UTF-8. A timeline is its current value, `since` (z), and
/// the list of earlier ones, each `from` (z) and value.
///
/// | field          | form                                                                                        |
/// |----------------|---------------------------------------------------------------------------------------------|
/// | magic, version | `FPCK`, then one byte: 4; a reader refuses any number that it does not know                   |
/// | windows        | list of lengths in seconds (v)                                                              |
/// | watermark      | 7 z: has value, value, has highest event, highest event, arrival and value of the last reading, pending |
/// | frontier       | 4 z: has one, it, final frontier, last reload; list of z own lateness ns, z frontier of it |
/// | counters       | 8 v: readings, repeats, late, future, without EVSE, emitted, skipped seconds, repairs dropped                |
/// | product        | timeline of 6 f: limited energy s, stale after s, charge and discharge efficiency, full activation s, heard within s |
/// | defaults       | assignment: z place, 6 f limits, byte of flags (1 departure, 2 SoC), z departure, f SoC    |
/// | groups         | list: byte of kind, text, timeline of 4 f limits and shares, timeline of z parent, timeline of z expected, byte in topology, z has begin, z begin, z base; list of panes: 8 bytes each of 23 sums and the lowest SoC, byte of flags (1 uncertain, 2 dirty, 4 behind), z revision, byte of how many details (each 8 bytes of 23 sums and 2 voltages, byte uncertain); list of spreads: z second, list of z counts; for each length a list of windows: z start, z heard, z revision, byte of flags (1 dirty, 2 behind); list of members (v) |
/// | places         | list: v feeder, z site                                                                      |
/// | EVSEs          | list: text, timeline of assignments, list of places (v), v count of points; then 8 bytes each: all times, all powers, all SoC; then v each: all places; list of details: z time, z place, 8 f, byte of status |
/// | ambients       | list: v group, list: z time, f °C                                                           |
/// | repairs        | list: z first second of a span that waits                                                   |
/// | audits         | held frequencies; list: key, held baselines; list: key, held contracts; list: key, list of f required, z wide s, z narrow s, z seconds, z within, z last second, 4 f sums; list of z second, list of v EVSE and held frequency; list of z quarter-hours that wait. Key: text portfolio, text feeder. Held: list of z time, f value |
/// | streams        | list: text of the declaration, counted state (`StreamOperator.encode`)                      |
/// | thermals       | list: v group, timeline of plates (byte has one, text type, 8 f, byte of flags), run, z has base end, z base end, optional f admissible, byte dirty; list of minutes: z start, run, optional row (9 f, optional f, byte of flags), optional f admissible, optional f load, f ambient, z revision, byte dirty. A run: byte has state, 3 f state, f load, z gap, f life. Behind the list: list of v group, list of z minute, f load: what waits for repair |
/// | series         | list: counted key, z EVSE, z place                                                          |
/// | CRC            | CRC-32C of all before it, 4 bytes; last, so that a torn write shows                         |
///
/// Invariant: every number of a group, a place or an EVSE names one of the lists. Results that were not taken are not in it.
package enum FleetCheckpoint {
    static let magic = Array("FPCK".utf8)
    /// The version that is written.
    package static let version: UInt8 = 4
}

extension FleetPipeline {
    /// The state between two batches, as `FleetCheckpoint` lays it out; take the results first.
    package func encodeCheckpoint() -> [UInt8] {
        var bytes = FleetCheckpoint.magic + [FleetCheckpoint.version]
        // Room for all at once: words are appended with an exact reservation, which would move the bytes each time.
        let pointCount = evses.reduce(0) { $0 + $1.points.count }
        let paneCount = groups.reduce(0) { $0 + $1.panes.count }
        bytes.reserveCapacity(
            4096 + pointCount * 26 + paneCount * 190 + evses.count * 160 + groups.count * 512 + series.count * 96)
        bytes.appendVarint(UInt64(settings.windows.count))
        for window in settings.windows { bytes.appendVarint(UInt64(window)) }
        for word in watermark.words { bytes.appendZigZag(word) }
        for word in [frontier == nil ? 0 : 1, frontier ?? 0, finalFrontier, lastReload] { bytes.appendZigZag(word) }
        bytes.appendVarint(UInt64(ownFrontiers.count))
        for (lateness, end) in ownFrontiers.sorted(by: { $0.key < $1.key }) {
            bytes.appendZigZag(lateness)
            bytes.appendZigZag(end)
        }
        for count in countWords { bytes.appendVarint(count) }
        bytes.append(product) { bytes, product in
            let fcr = product.fcr
            for value in [
                fcr.limitedEnergyS, fcr.staleAfterS, fcr.chargeEfficiency, fcr.dischargeEfficiency,
                fcr.fullActivationS, fcr.heardWithinS,
            ] {
                bytes.append(double: value)
            }
        }
        bytes.append(assignment: defaults)
        bytes.appendVarint(UInt64(groups.count))
        for group in groups { bytes.append(group) }
        bytes.appendVarint(UInt64(places.count))
        for place in places {
            bytes.appendVarint(UInt64(place.feeder))
            bytes.appendZigZag(Int64(place.site))
        }
        bytes.appendVarint(UInt64(evses.count))
        for evse in evses { bytes.append(evse) }
        bytes.append(ambients: ambients)
        bytes.appendVarint(UInt64(repairs.count))
        for start in repairs.keys.sorted() { bytes.appendZigZag(start) }
        appendAudits(to: &bytes)
        appendStreams(to: &bytes)
        bytes.appendVarint(UInt64(thermals.count))
        for thermal in thermals { bytes.append(thermal) }
        bytes.appendVarint(UInt64(thermalRepairs.count))
        for (group, loads) in thermalRepairs.sorted(by: { $0.key < $1.key }) {
            bytes.appendVarint(UInt64(group))
            bytes.appendVarint(UInt64(loads.count))
            for (start, load) in loads.sorted(by: { $0.key < $1.key }) {
                bytes.appendZigZag(start)
                bytes.append(double: load)
            }
        }
        bytes.appendVarint(UInt64(series.count))
        for (number, place) in series.enumerated() {
            bytes.appendCounted(seriesTable.key(number))
            bytes.appendZigZag(Int64(place.evse))
            bytes.appendZigZag(Int64(place.place))
        }
        bytes.appendLittleEndian(CRC32C.checksum(bytes))
        return bytes
    }

    private var countWords: [UInt64] {
        [
            counts.readings, counts.repeats, counts.late, counts.future, counts.withoutEVSE, counts.windowsEmitted,
            counts.skippedSeconds, counts.repairsDropped,
        ]
    }

    /// The pipeline that `encodeCheckpoint` wrote down.
    ///
    /// - Parameter settings: may differ in all but the lengths of the windows.
    /// - Parameter topology: the one that held then; a different one takes effect at the frontier.
    package init(
        checkpoint bytes: [UInt8], settings: PipelineSettings, topology: Topology
    ) throws(CheckpointError) {
        self.init(settings: settings, topology: Topology())
        guard bytes.count >= 9, Array(bytes[0..<4]) == FleetCheckpoint.magic else {
            throw CheckpointError(code: .corrupt, detail: "no checkpoint of a pipeline: \(bytes.count) bytes")
        }
        guard bytes[4] == FleetCheckpoint.version else {
            throw CheckpointError(code: .unknownVersion, detail: "a checkpoint of version \(bytes[4])")
        }
        let body = bytes.count - 4
        var windows: [Int64] = []
        do throws(CorruptBytes) {
            var trailer = ByteReader(bytes, in: body..<bytes.count)
            let checksum = CRC32C.checksum(bytes.span.extracting(0..<body))
            guard try trailer.littleEndian(UInt32.self) == checksum else {
                throw CorruptBytes("a checkpoint whose checksum is not \(checksum)")
            }
            var reader = ByteReader(bytes, in: 5..<body)
            for _ in 0..<(try reader.count(limit: 64)) { windows.append(Int64(try reader.count(limit: 1 << 32))) }
            if windows == settings.windows { try restore(&reader) }
        } catch {
            throw CheckpointError(code: .corrupt, detail: error.detail)
        }
        guard windows == settings.windows else {
            throw CheckpointError(
                code: .otherWindows, detail: "windows of \(windows) s, the settings say \(settings.windows)")
        }
        adopt(topology, from: max(lastReload, frontier.map { $0 * .second } ?? .min))
        unsettleAll(from: frontier)
    }
}
