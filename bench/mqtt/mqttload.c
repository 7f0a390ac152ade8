/* Raw MQTT 5 sockets: a publisher whose packets are made before it begins, and a bare subscriber that only counts.
 *
 *   mqttload pub PORT QOS BATCH MESSAGES FIRST_NS   publishes MESSAGES of BATCH readings each, times from FIRST_NS on, 1 us apart
 *   mqttload sub PORT QOS                           counts what comes until two seconds bring nothing
 *
 * pub prints: messages acknowledged seconds cpu_seconds; sub prints: ready, then messages seconds cpu_seconds. cc -O2 mqttload.c -o mqttload
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TOPICS 1000
#define WINDOW 10000
#define STAMP 19

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static double cpu(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static size_t varint(uint8_t *at, size_t n) {
    size_t i = 0;
    do {
        at[i] = (n & 127) | (n > 127 ? 128 : 0);
        n >>= 7;
    } while (at[i++] & 128);
    return i;
}

static int dial(int port, const char *name) {
    int s = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (s < 0 || connect(s, (struct sockaddr *)&a, sizeof a) < 0) die("connect");
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    /* CONNECT: MQTT, version 5, clean start, keep-alive 600 s, no properties. */
    uint8_t p[64] = {0x10, 0, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 2, 88, 0, 0, (uint8_t)strlen(name)};
    memcpy(p + 15, name, strlen(name));
    p[1] = 13 + strlen(name);
    if (write(s, p, p[1] + 2) < 0) die("CONNECT");
    uint8_t answer[256];
    if (read(s, answer, sizeof answer) < 4 || answer[0] != 0x20 || answer[3] != 0) die("CONNACK");
    return s;
}

static uint8_t in[1 << 20];
static size_t have;

/* Takes packets out of what has come; answers how many are of `kind`. With `s` >= 0 each gets its PUBACK. */
static long take(int s, int kind) {
    static uint8_t acks[1 << 20];
    size_t at = 0, acked = 0;
    long count = 0;
    while (have - at >= 2) {
        size_t length = 0, i = 1;
        for (int shift = 0;; shift += 7, i++) {
            if (at + i >= have) goto out;
            length |= (size_t)(in[at + i] & 127) << shift;
            if (!(in[at + i] & 128)) break;
        }
        if (at + i + 1 + length > have) break;
        if ((in[at] & 0xF0) == kind) {
            count++;
            if (s >= 0 && in[at] & 6) {
                size_t topic = (size_t)in[at + i + 1] << 8 | in[at + i + 2];
                uint8_t *id = in + at + i + 3 + topic;
                memcpy(acks + acked, (uint8_t[]){0x40, 2, id[0], id[1]}, 4);
                acked += 4;
            }
        }
        at += i + 1 + length;
    }
out:
    memmove(in, in + at, have - at);
    have -= at;
    for (size_t sent = 0; sent < acked;) {
        ssize_t n = write(s, acks + sent, acked - sent);
        if (n < 0) die("PUBACK");
        sent += n;
    }
    return count;
}

static int publish(int port, int qos, int batch, long messages, long long first) {
    int s = dial(port, "bench-pub");
    static uint8_t packets[TOPICS][8192];
    static size_t lengths[TOPICS], ids[TOPICS], stamps[TOPICS][64];
    for (int t = 0; t < TOPICS; t++) {
        uint8_t body[8192];
        size_t n = 0;
        char topic[64];
        int length = sprintf(topic, "v2g/v1/S%d/E%03d/telemetry", t % 10, t);
        body[n++] = 0, body[n++] = length;
        memcpy(body + n, topic, length), n += length;
        ids[t] = n, n += qos ? 2 : 0;
        body[n++] = 0;
        if (batch > 1) body[n++] = '[';
        for (int b = 0; b < batch; b++) {
            if (b) body[n++] = ',';
            n += sprintf((char *)body + n, "{\"ts\":");
            stamps[t][b] = n, n += STAMP;
            n += sprintf((char *)body + n, ",\"active_power_w\":-%d.5,\"soc_pct\":%d.25}", 1000 + b, 20 + t % 70);
        }
        if (batch > 1) body[n++] = ']';
        packets[t][0] = 0x30 | qos << 1;
        size_t head = 1 + varint(packets[t] + 1, n);
        memcpy(packets[t] + head, body, n);
        lengths[t] = head + n, ids[t] += head;
        for (int b = 0; b < batch; b++) stamps[t][b] += head;
    }
    static uint8_t out[1 << 17];
    long sent = 0, acked = 0;
    double began = now();
    while (sent < messages || (qos && acked < messages)) {
        size_t n = 0;
        while (sent < messages && (!qos || sent - acked < WINDOW) && n + 8192 < sizeof out) {
            int t = sent % TOPICS;
            uint8_t *p = packets[t];
            if (qos) {
                int id = sent % 65535 + 1;
                p[ids[t]] = id >> 8, p[ids[t] + 1] = id;
            }
            for (int b = 0; b < batch; b++) {
                unsigned long long v = first + (sent * batch + b) * 1000LL;
                for (int d = STAMP; d--; v /= 10) p[stamps[t][b] + d] = '0' + v % 10;
            }
            memcpy(out + n, p, lengths[t]), n += lengths[t], sent++;
        }
        for (size_t done = 0; done < n;) {
            struct pollfd f = {s, POLLOUT | (qos ? POLLIN : 0), 0};
            poll(&f, 1, 1000);
            if (f.revents & POLLIN) {
                ssize_t got = recv(s, in + have, sizeof in - have, MSG_DONTWAIT);
                if (got == 0) die("closed");
                if (got > 0) have += got, acked += take(-1, 0x40);
            }
            if (f.revents & POLLOUT) {
                ssize_t w = send(s, out + done, n - done, MSG_DONTWAIT);
                if (w < 0 && errno != EAGAIN) die("send");
                if (w > 0) done += w;
            }
        }
        if (qos && n == 0) {
            ssize_t got = read(s, in + have, sizeof in - have);
            if (got <= 0) die("closed");
            have += got, acked += take(-1, 0x40);
        }
    }
    printf("%ld %ld %.3f %.3f\n", sent, acked, now() - began, cpu());
    uint8_t bye[2] = {0xE0, 0};
    if (write(s, bye, 2) < 0) die("DISCONNECT");
    return 0;
}

static int subscribe(int port, int qos) {
    int s = dial(port, "bench-sub");
    const char *filter = "v2g/v1/+/+/telemetry";
    uint8_t p[64] = {0x82, 0, 0, 1, 0, 0, (uint8_t)strlen(filter)};
    memcpy(p + 7, filter, strlen(filter));
    p[7 + strlen(filter)] = qos;
    p[1] = 6 + strlen(filter);
    if (write(s, p, p[1] + 2) < 0 || read(s, in, sizeof in) < 5) die("SUBSCRIBE");
    puts("ready");
    fflush(stdout);
    long count = 0;
    double first = 0, last = 0;
    for (;;) {
        struct pollfd f = {s, POLLIN, 0};
        if (poll(&f, 1, count ? 2000 : 30000) <= 0) break;
        ssize_t got = read(s, in + have, sizeof in - have);
        if (got <= 0) break;
        have += got;
        if (!count) first = now();
        count += take(s, 0x30);
        last = now();
    }
    printf("%ld %.3f %.3f\n", count, last - first, cpu());
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 7 && !strcmp(argv[1], "pub"))
        return publish(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), atol(argv[5]), atoll(argv[6]));
    if (argc == 4 && !strcmp(argv[1], "sub")) return subscribe(atoi(argv[2]), atoi(argv[3]));
    fprintf(stderr, "see the head of mqttload.c\n");
    return 64;
}
