import CMosquitto
import Glibc

/// One connection of libmosquitto with an external loop: made, connected, read, written and freed by one thread.
///
/// The library queues PUBACK by itself before its message callback runs, and with `mosquitto_threaded_set` nothing
/// leaves before `mosquitto_loop_write`: that is how an acknowledgement waits for the log. Freeing the handle closes
/// the socket and sends nothing that is queued.
///
/// - Invariant: `handle` is alive from `init` to `deinit`, used by one thread only, and `inbox` outlives it.
@safe
package final class BrokerClient {
    private let handle: OpaquePointer
    /// What has come.
    package let inbox: Inbox
    private let address: BrokerAddress
    // Numbers of MQTT 5 (2.2.2.2 and 3.8.3.1), which the library has in a header of its own.
    private static let contentTypeProperty: Int32 = 3
    private static let sessionExpiryProperty: Int32 = 17
    private static let userProperty: Int32 = 38
    private static let sendRetainedIfNew: Int32 = 0x10
    private static let isLibraryReady = mosquitto_lib_init() == MOSQ_ERR_SUCCESS.rawValue

    /// A client that is not connected.
    package init(_ address: BrokerAddress) throws(BrokerFault) {
        let inbox = Inbox()
        // The callbacks get the inbox without a count of its own; this object holds it as long as the handle.
        let context = unsafe Unmanaged.passUnretained(inbox).toOpaque()
        guard Self.isLibraryReady, let handle = unsafe mosquitto_new(address.clientID, address.isCleanStart, context)
        else {
            throw BrokerFault("libmosquitto gave no client")
        }
        unsafe self.handle = handle
        self.inbox = inbox
        self.address = address
        _ = unsafe mosquitto_threaded_set(handle, true)
        setOption(MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5)
        setOption(MOSQ_OPT_RECEIVE_MAXIMUM, Int32(clamping: min(65_535, max(1, address.receiveMaximum))))
        setOption(MOSQ_OPT_SEND_MAXIMUM, Int32(clamping: min(65_535, max(1, address.sendMaximum))))
        setOption(MOSQ_OPT_TCP_NODELAY, 1)
        if let username = address.username {
            _ = unsafe mosquitto_username_pw_set(handle, username, address.password)
        }
        if let topic = address.clearedTopic {
            // An empty retained message takes away the one that is there.
            _ = unsafe mosquitto_will_set_v5(handle, topic, 0, nil, 1, true, nil)
        }
        setCallbacks()
        if let tls = address.tls {
            // The library opens the files here, or when it connects; it keeps copies of the names.
            let code = unsafe mosquitto_tls_set(handle, tls.authority, nil, tls.certificate, tls.key, nil)
            guard code == MOSQ_ERR_SUCCESS.rawValue else {
                throw BrokerFault(
                    "TLS_ERR_HANDSHAKE: a file of \(tls.authority), \(tls.certificate ?? "-"), \(tls.key ?? "-") cannot be used"
                )
            }
        }
    }

    deinit {
        unsafe mosquitto_destroy(handle)
    }

    private func setOption(_ option: mosq_opt_t, _ value: Int32) {
        _ = unsafe mosquitto_int_option(handle, option, value)
    }

    private func setCallbacks() {
        unsafe mosquitto_connect_v5_callback_set(handle) { _, context, reason, _, _ in
            unsafe BrokerClient.inbox(context)?.connectReason = reason
        }
        unsafe mosquitto_disconnect_v5_callback_set(handle) { _, context, reason, _ in
            guard let inbox = unsafe BrokerClient.inbox(context) else { return }
            // The library may call again with a code of its own: the broker's comes first.
            if inbox.disconnectReason == nil { inbox.disconnectReason = reason }
        }
        unsafe mosquitto_subscribe_v5_callback_set(handle) { _, context, _, count, granted, _ in
            for index in 0..<Int(max(0, count)) {
                // The library gives `count` codes; from 0x80 on one is a refusal.
                if let granted = unsafe granted, unsafe granted[index] >= 0x80 {
                    unsafe BrokerClient.inbox(context)?.refusedSubscriptions.append(granted[index])
                }
            }
        }
        unsafe mosquitto_publish_v5_callback_set(handle) { _, context, number, reason, _ in
            unsafe BrokerClient.inbox(context)?.published.append((number, reason))
        }
        unsafe mosquitto_log_callback_set(handle) { _, context, _, text in
            guard let text = unsafe text, let inbox = unsafe BrokerClient.inbox(context) else { return }
            // The library's own line, copied here.
            let line = unsafe String(cString: text)
            if line.hasPrefix("OpenSSL Error") { inbox.secureDetail = line }
        }
        unsafe mosquitto_message_v5_callback_set(handle) { _, context, message, properties in
            guard let inbox = unsafe BrokerClient.inbox(context), let message = unsafe message else { return }
            let copy = unsafe BrokerClient.copy(message.pointee, properties)
            inbox.byteCount += copy.payload.count
            inbox.messages.append(copy)
        }
    }

    private static func inbox(_ context: UnsafeMutableRawPointer?) -> Inbox? {
        // The pointer is the inbox that `init` gave, alive as long as the handle.
        unsafe context.map { unsafe Unmanaged<Inbox>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Copies a message, whose memory is the library's and gone after the callback.
    private static func copy(_ message: mosquitto_message, _ properties: OpaquePointer?) -> MQTTMessage {
        let topic = unsafe message.topic.map { unsafe String(cString: $0) } ?? ""
        let count = unsafe Int(max(0, message.payloadlen))
        // `payloadlen` bytes lie at `payload`.
        let payload = unsafe message.payload.map {
            unsafe [UInt8](UnsafeRawBufferPointer(start: $0, count: count))
        }
        var copy = unsafe MQTTMessage(
            topic: topic, payload: payload ?? [], isRetained: message.retain, quality: Int(message.qos))
        var text: UnsafeMutablePointer<CChar>?
        if unsafe mosquitto_property_read_string(properties, contentTypeProperty, &text, false) != nil {
            copy.contentType = unsafe take(text)
        }
        var name: UnsafeMutablePointer<CChar>?
        var value: UnsafeMutablePointer<CChar>?
        var next = unsafe mosquitto_property_read_string_pair(properties, userProperty, &name, &value, false)
        while let place = unsafe next {
            let read = unsafe (name: take(name), value: take(value))
            if read.name == "precision" { copy.precision = read.value }
            if read.name == "encoding" { copy.encoding = read.value }
            unsafe name = nil
            unsafe value = nil
            unsafe next = mosquitto_property_read_string_pair(place, userProperty, &name, &value, true)
        }
        return copy
    }

    /// A string that the library made for us, which is freed here.
    private static func take(_ text: UnsafeMutablePointer<CChar>?) -> String? {
        guard let text = unsafe text else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// Connects, blocking until TCP has an answer, and queues CONNECT.
    package func connect() throws(BrokerFault) {
        var properties: OpaquePointer?
        defer { unsafe mosquitto_property_free_all(&properties) }
        _ = unsafe mosquitto_property_add_int32(
            &properties, Self.sessionExpiryProperty,
            UInt32(clamping: address.sessionExpirySeconds))
        errno = 0
        let code = unsafe mosquitto_connect_bind_v5(
            handle, address.host, Int32(clamping: address.port), Int32(clamping: max(5, address.keepAliveSeconds)),
            nil, properties)
        let systemError = errno
        guard code == MOSQ_ERR_SUCCESS.rawValue else {
            throw BrokerFault(code: code, errno: systemError, detail: inbox.secureDetail)
        }
    }

    /// Queues a subscription at QoS 1.
    ///
    /// - Parameter getsRetainedAgain: whether retained messages come though the session has the subscription already.
    package func subscribe(_ topic: String, getsRetainedAgain: Bool = false) throws(BrokerFault) {
        let code = unsafe mosquitto_subscribe_v5(
            handle, nil, topic, 1, getsRetainedAgain ? 0 : Self.sendRetainedIfNew, nil)
        guard code == MOSQ_ERR_SUCCESS.rawValue else { throw BrokerFault(code: code, errno: errno) }
    }

    /// Queues a publication; answers its number.
    package func publish(
        _ topic: String, _ payload: [UInt8], contentType: String? = nil, quality: Int = 1, isRetained: Bool = false
    ) throws(BrokerFault) -> Int32 {
        var properties: OpaquePointer?
        defer { unsafe mosquitto_property_free_all(&properties) }
        if let contentType {
            _ = unsafe mosquitto_property_add_string(&properties, Self.contentTypeProperty, contentType)
        }
        var number: Int32 = 0
        let code = unsafe payload.withUnsafeBytes { bytes in
            // The library copies `bytes.count` bytes before it returns.
            unsafe mosquitto_publish_v5(
                handle, &number, topic, Int32(clamping: bytes.count), bytes.baseAddress, Int32(clamping: quality),
                isRetained, properties)
        }
        guard code == MOSQ_ERR_SUCCESS.rawValue else { throw BrokerFault(code: code, errno: errno) }
        return number
    }

    /// The socket, -1 where there is none.
    package var descriptor: Int32 { unsafe mosquitto_socket(handle) }

    /// Whether something is queued to be sent.
    package var wantsWrite: Bool { unsafe mosquitto_want_write(handle) }

    /// Reads about one packet.
    package func read() throws(BrokerFault) {
        try check(unsafe mosquitto_loop_read(handle, 1))
    }

    /// Sends what is queued, acknowledgements included, as far as the socket takes it.
    package func write() throws(BrokerFault) {
        try check(unsafe mosquitto_loop_write(handle, 1))
    }

    /// Looks after keep-alive; due each second.
    package func maintain() throws(BrokerFault) {
        try check(unsafe mosquitto_loop_misc(handle))
    }

    /// Queues DISCONNECT.
    package func disconnect() {
        _ = unsafe mosquitto_disconnect(handle)
    }

    private func check(_ code: Int32) throws(BrokerFault) {
        let systemError = errno
        guard code == MOSQ_ERR_SUCCESS.rawValue else {
            throw BrokerFault(code: code, errno: systemError, detail: inbox.secureDetail)
        }
    }

    /// The name of an MQTT 5 reason code.
    package static func reason(_ code: Int32) -> String {
        // The text is a constant of the library.
        unsafe String(cString: mosquitto_reason_string(code))
    }
}
