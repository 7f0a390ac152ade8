/// What the library's callbacks leave for the loop that called it.
package final class Inbox {
    /// Publications of the broker, oldest first.
    package var messages: [MQTTMessage] = []
    /// Bytes of their payloads.
    package var byteCount = 0
    /// The reason code of CONNACK.
    package var connectReason: Int32?
    /// The reason code with which the broker or the library ended the connection.
    package var disconnectReason: Int32?
    /// The reason codes of subscriptions that the broker refused.
    package var refusedSubscriptions: [Int32] = []
    /// Our publications that the broker has answered: their numbers and reason codes.
    package var published: [(number: Int32, reason: Int32)] = []
    /// What TLS said last.
    var secureDetail = ""
}

/// One publication, as it came.
package struct MQTTMessage: Sendable, Equatable {
    /// The topic's bytes as text.
    package var topic: String
    /// The payload, bounded by the broker and by the decoder.
    package var payload: [UInt8]
    /// The content type of MQTT 5, where the publisher gave one.
    package var contentType: String?
    /// The user property `precision`: the unit of line protocol's times.
    package var precision: String?
    /// The user property `encoding`: how the payload is compressed.
    package var encoding: String?
    /// Whether it is old state that the broker kept for new subscribers.
    package var isRetained: Bool
    /// 0 where nobody would send it again.
    package var quality: Int

    /// A publication.
    package init(
        topic: String, payload: [UInt8], contentType: String? = nil, precision: String? = nil,
        encoding: String? = nil, isRetained: Bool = false, quality: Int = 1
    ) {
        self.topic = topic
        self.payload = payload
        self.contentType = contentType
        self.precision = precision
        self.encoding = encoding
        self.isRetained = isRetained
        self.quality = quality
    }
}
