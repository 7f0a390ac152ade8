import Compression

/// What was agreed on with one station about permessage-deflate (RFC 7692): never a context from one message to the next.
struct MessageCompression: Equatable, Sendable {
    /// The answer's `Sec-WebSocket-Extensions`.
    let header: String
    /// The longest message of ours that is deflated: no reference in it can reach further back than the station's window.
    let longestDeflated: Int

    /// Shorter messages than this are sent as they are.
    private static let shortestDeflated = 512

    /// The first offer of the header's values that can be taken; nil where there is none.
    static func agree(_ offers: [Substring]) -> MessageCompression? {
        for offer in offers {
            let parts = offer.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard parts.first == "permessage-deflate", let answer = agree(parameters: parts.dropFirst()) else {
                continue
            }
            return answer
        }
        return nil
    }

    private static func agree(parameters: ArraySlice<String>) -> MessageCompression? {
        var header = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        var bits = 15
        var seen: Set<Substring> = []
        for parameter in parameters {
            let parts = parameter.split(separator: "=", maxSplits: 1)
            guard let name = parts.first, seen.insert(name).inserted else { return nil }
            let value = parts.count > 1 ? Int(parts[1].filter { $0 != "\"" }) : nil
            switch name {
            case "server_no_context_takeover", "client_no_context_takeover": if parts.count > 1 { return nil }
            case "client_max_window_bits":
                if parts.count > 1, !(8...15).contains(value ?? 0) { return nil }
            case "server_max_window_bits":
                guard let value, (8...15).contains(value) else { return nil }
                bits = value
                header += "; server_max_window_bits=\(value)"
            default: return nil
            }
        }
        return MessageCompression(header: header, longestDeflated: 1 << bits)
    }

    /// A message of ours deflated, where that is worth it and allowed.
    func deflated(_ text: [UInt8]) -> [UInt8]? {
        guard (Self.shortestDeflated...longestDeflated).contains(text.count), let small = RawDeflate.deflate(text),
            small.count < text.count
        else { return nil }
        return small
    }
}
