// Load for a web server on this computer: eight connections repeat one request as fast as the
// server answers. Bodies are discarded in the kernel; with TLS, only the first answer of a
// connection is decrypted. So the load takes little of the processors that it shares with the
// server.
//   serve_load PORT[,PORT...] plain|tls MILLISECONDS REQUEST [FIRST COUNT]
// The connections take turns with the ports.
// With FIRST and COUNT, `{mac}` in the request becomes a MAC address; requests take turns with the
// COUNT addresses from the number FIRST on.
// Prints requests per second, body bytes per second, the last status and the number of failures.
#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <openssl/ssl.h>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kConnections = 8;
/// TLS 1.3 records: size of the header, and the bytes that encryption adds to the content.
constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kRecordOverhead = 17;
constexpr char kAlertRecord = 21;

struct LoadPlan {
  std::vector<std::uint16_t> ports;
  bool tls = false;
  std::string request;                     ///< the whole head
  std::size_t mac_at = std::string::npos;  ///< offset of the MAC address, if the request has one
  std::uint64_t first_mac = 0;
  std::uint64_t macs = 1;
  std::chrono::milliseconds time{};
};

struct Answer {
  unsigned status = 0;
  std::uint64_t body_bytes = 0;
  bool closes = false;
  std::string head;
};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char letter) {
    return static_cast<char>(std::tolower(letter));
  });
  return text;
}

std::string field_of(const std::string& head, const std::string& name) {
  const std::size_t at = lower(head).find("\r\n" + lower(name) + ":");
  if (at == std::string::npos) {
    return {};
  }
  const std::size_t start = head.find_first_not_of(' ', at + name.size() + 3);
  return head.substr(start, head.find("\r\n", start) - start);
}

constexpr std::string_view kMacMark = "{mac}";
constexpr std::string_view kMacShape = "5C:CF:7F:00:00:00";

/// Writes the lower three bytes of an address of kMacShape.
void write_mac(char* text, std::uint64_t number) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const std::size_t at : {16U, 15U, 13U, 12U, 10U, 9U}) {
    text[at] = kDigits[number & 0xFU];
    number >>= 4U;
  }
}

/// A connection. It reconnects if the server closes it; some servers do so after each answer.
class Client {
 public:
  Client(const LoadPlan& plan, std::uint16_t port, SSL_CTX* tls)
      : plan_(plan), port_(port), tls_(tls), request_(plan.request) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { close_now(); }

  std::optional<Answer> request(std::uint64_t number) {
    if (plan_.mac_at != std::string::npos) {
      write_mac(request_.data() + plan_.mac_at, plan_.first_mac + number % plan_.macs);
    }
    if (socket_ < 0 && !connect_now()) {
      return std::nullopt;
    }
    if (!send_all(request_)) {
      close_now();
      return std::nullopt;
    }
    auto answer = ssl_ != nullptr && first_ ? skip_answer() : read_answer();
    if (!answer || answer->closes) {
      close_now();
    } else if (ssl_ != nullptr) {
      first_ = answer;
    }
    return answer;
  }

 private:
  bool connect_now() {
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      close_now();
      return false;
    }
    if (tls_ != nullptr) {
      ssl_ = SSL_new(tls_);
      SSL_set_fd(ssl_, socket_);
      if (SSL_connect(ssl_) != 1) {
        close_now();
        return false;
      }
    }
    return true;
  }

  void close_now() {
    SSL_free(ssl_);
    ssl_ = nullptr;
    if (socket_ >= 0) {
      close(socket_);
    }
    socket_ = -1;
    kept_.clear();
    first_.reset();
  }

  [[nodiscard]] bool send_all(const std::string& text) const {
    if (ssl_ != nullptr) {
      return SSL_write(ssl_, text.data(), static_cast<int>(text.size())) > 0;
    }
    return send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }

  std::size_t receive() {
    const auto got = ssl_ != nullptr
                         ? SSL_read(ssl_, buffer_.data(), static_cast<int>(buffer_.size()))
                         : static_cast<int>(recv(socket_, buffer_.data(), buffer_.size(), 0));
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }

  std::optional<Answer> read_answer() {
    Answer answer;
    std::size_t end = std::string::npos;
    while ((end = kept_.find("\r\n\r\n")) == std::string::npos) {
      const std::size_t got = receive();
      if (got == 0) {
        return std::nullopt;
      }
      kept_.append(buffer_.data(), got);
    }
    answer.head = kept_.substr(0, end + 2);
    answer.status = static_cast<unsigned>(std::stoul("0" + answer.head.substr(9, 3)));
    answer.closes =
        answer.head.starts_with("HTTP/1.0") || field_of(answer.head, "Connection") == "close";
    std::uint64_t left =
        answer.status == 304 ? 0 : std::stoull("0" + field_of(answer.head, "Content-Length"));
    answer.body_bytes = left;
    const std::uint64_t here = std::min<std::uint64_t>(left, kept_.size() - end - 4);
    kept_.erase(0, end + 4 + static_cast<std::size_t>(here));
    left -= here;
    while (left > 0) {
      const std::size_t got = ssl_ != nullptr ? receive() : discard(left);
      if (got == 0) {
        return std::nullopt;
      }
      left -= std::min<std::uint64_t>(left, got);
    }
    return answer;
  }

  /// Removes up to `count` received bytes from the socket without copying them; waits for all of
  /// them with MSG_WAITALL.
  std::size_t discard(std::uint64_t count, int flags = 0) const {
    const ssize_t got = recv(socket_, nullptr, count, MSG_TRUNC | flags);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  }

  /// Discards an answer as long as the first one of this connection, record by record, undecrypted.
  std::optional<Answer> skip_answer() {
    std::uint64_t left = first_->head.size() + 2 + first_->body_bytes;
    while (left > 0) {
      std::array<unsigned char, kRecordHeader> header{};
      if (recv(socket_, header.data(), header.size(), MSG_WAITALL) != kRecordHeader) {
        return std::nullopt;
      }
      const std::size_t length = header[3] * std::size_t{256} + header[4];
      if (header[0] == kAlertRecord || length < kRecordOverhead ||
          discard(length, MSG_WAITALL) != length || length - kRecordOverhead > left) {
        return std::nullopt;
      }
      left -= length - kRecordOverhead;
    }
    return first_;
  }

  const LoadPlan& plan_;
  std::uint16_t port_;
  SSL_CTX* tls_;
  std::string request_;
  int socket_ = -1;
  SSL* ssl_ = nullptr;
  std::array<char, 262'144> buffer_{};
  std::string kept_;             ///< bytes received after the last answer
  std::optional<Answer> first_;  ///< with TLS: the only answer of the connection that is decrypted
};

std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> tls_context(bool wanted) {
  SSL_CTX* const context = wanted ? SSL_CTX_new(TLS_client_method()) : nullptr;
  if (context != nullptr) {
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_ciphersuites(context, "TLS_AES_256_GCM_SHA384");
  }
  return {context, SSL_CTX_free};
}

void run_load(const LoadPlan& plan) {
  const auto tls = tls_context(plan.tls);
  std::atomic<std::uint64_t> sent = 0;
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> bytes = 0;
  std::atomic<std::uint64_t> failures = 0;
  std::atomic<unsigned> status = 0;
  const auto start = Clock::now();
  const auto work = [&](std::uint16_t port) {
    const auto client = std::make_unique<Client>(plan, port, tls.get());
    while (Clock::now() - start < plan.time) {
      if (const auto answer = client->request(sent++)) {
        ++requests;
        bytes += answer->body_bytes;
        status = answer->status;
      } else {
        ++failures;
      }
    }
  };
  std::array<std::thread, kConnections> threads;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    threads.at(i) = std::thread(work, plan.ports.at(i % plan.ports.size()));
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf("%f %f %u %ju\n",
              static_cast<double>(requests) / seconds,
              static_cast<double>(bytes) / seconds,
              status.load(),
              static_cast<std::uintmax_t>(failures));
}

std::vector<std::uint16_t> ports_of(const char* text) {
  std::vector<std::uint16_t> ports;
  std::istringstream list(text);
  for (std::string port; std::getline(list, port, ',');) {
    ports.push_back(static_cast<std::uint16_t>(std::stoul(port)));
  }
  return ports;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 && argc != 7) {
    std::fputs("usage: serve_load PORT[,PORT...] plain|tls MILLISECONDS REQUEST [FIRST COUNT]\n",
               stderr);
    return 2;
  }
  LoadPlan plan{.ports = ports_of(argv[1]),
                .tls = std::string(argv[2]) == "tls",
                .request = argv[4],
                .time = std::chrono::milliseconds(std::atoi(argv[3]))};
  if (argc == 7) {
    plan.mac_at = plan.request.find(kMacMark);
    plan.first_mac = std::strtoull(argv[5], nullptr, 10);
    plan.macs = std::max(std::strtoull(argv[6], nullptr, 10), 1ULL);
    if (plan.mac_at != std::string::npos) {
      plan.request.replace(plan.mac_at, kMacMark.size(), kMacShape);
    }
  }
  run_load(plan);
  return 0;
}
