// stock_form esp8266|esp32 [WORD...]: a stock upload page on a loopback socket, one connection at a
// time as on a chip. The first line of stdout is `http PORT`, followed by one line for each POST.
// It ends after it has accepted an image, or on SIGTERM. Words: user=U password=P digest open-page
// error=TEXT status=LINE body=TEXT no-length address=LITERAL early=N:TEXT (answers with that error
// after N bytes of a POST and closes), closes-at=N, resets-at=N, stalls-at=N, times=N (only in the
// first N POSTs), loses-verdict, keeps-open (does not close).
#include <arpa/inet.h>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/stock_digest.hpp"
#include "tests/support/stock_form.hpp"

namespace {

using namespace otatool::testing;

/// Milliseconds.
constexpr int kPatience = 100'000;

struct Trouble {
  std::size_t early = SIZE_MAX;
  std::string early_text;
  std::size_t closes = SIZE_MAX;
  std::size_t resets = SIZE_MAX;
  std::size_t stalls = SIZE_MAX;
  unsigned times = 1'000;
  bool loses_verdict = false;
  bool keeps_open = false;
};

struct Options {
  StockFormSetup form;
  Trouble trouble;
  std::string address = "127.0.0.1";
};

bool take_form_word(StockFormSetup& form, std::string_view name, const std::string& value) {
  if (name == "user") {
    form.user = value;
  } else if (name == "password") {
    form.password = value;
  } else if (name == "digest") {
    form.auth = FormAuth::Digest;
  } else if (name == "open-page") {
    form.open_page = true;
  } else if (name == "error") {
    form.error = value;
  } else if (name == "status") {
    form.status_line = value;
  } else if (name == "body") {
    form.body = value;
  } else if (name == "no-length") {
    form.with_length = false;
  } else if (name == "esp32") {
    form.core = FormCore::Esp32;
  } else {
    return name == "esp8266";
  }
  return true;
}

bool take_word(Options& options, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  const std::string value = name.size() < word.size() ? word.substr(name.size() + 1) : "";
  const std::size_t number = std::strtoul(value.c_str(), nullptr, 10);
  Trouble& trouble = options.trouble;
  if (name == "early") {
    trouble.early = number;
    trouble.early_text = value.substr(value.find(':') + 1);
  } else if (name == "closes-at") {
    trouble.closes = number;
  } else if (name == "resets-at") {
    trouble.resets = number;
  } else if (name == "stalls-at") {
    trouble.stalls = number;
  } else if (name == "times") {
    trouble.times = static_cast<unsigned>(number);
  } else if (name == "loses-verdict") {
    trouble.loses_verdict = true;
  } else if (name == "keeps-open") {
    trouble.keeps_open = true;
  } else if (name == "address") {
    options.address = value;
  } else {
    return take_form_word(options.form, name, value);
  }
  return true;
}

/// An accepted connection; the destructor closes it.
class Connection {
 public:
  explicit Connection(int descriptor) : descriptor_(descriptor) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(descriptor_); }

  std::optional<char> next() {
    if (at_ == filled_) {
      pollfd ready{descriptor_, POLLIN, 0};
      if (poll(&ready, 1, kPatience) <= 0) {
        return std::nullopt;
      }
      const ssize_t count = recv(descriptor_, buffer_, sizeof(buffer_), 0);
      if (count <= 0) {
        return std::nullopt;
      }
      at_ = 0;
      filled_ = static_cast<std::size_t>(count);
    }
    ++taken_;
    return buffer_[at_++];
  }
  [[nodiscard]] std::size_t taken() const { return taken_; }
  void send_text(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) {
        return;
      }
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  void reset() const {
    const linger now{1, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  }
  /// Waits without reading until the peer closes the connection.
  void wait_silently() const {
    pollfd gone{descriptor_, POLLRDHUP, 0};
    poll(&gone, 1, kPatience);
  }
  /// Reads until the peer closes the connection.
  void wait_for_end() {
    while (next()) {
    }
  }

 private:
  int descriptor_;
  char buffer_[2048];
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
  std::size_t taken_ = 0;
};

class Server {
 public:
  explicit Server(const Options& options) : options_(options), form_(options.form) {}

  /// Returns true after the device has restarted.
  bool serve(Connection& connection) {
    bool spoiled = false;
    const StockForm::ByteSource source = [&]() -> std::optional<char> {
      if (spoiled || spoil(connection)) {
        spoiled = true;
        return std::nullopt;
      }
      return connection.next();
    };
    const auto reply = form_.serve(source);
    if (!reply) {
      return false;
    }
    if (reply->post) {
      ++posts_;
      print(*reply->post, reply->restarts);
    }
    if (reply->post && options_.trouble.loses_verdict && !reply->text.empty()) {
      return reply->restarts;
    }
    if (!spoiled) {
      connection.send_text(reply->text);
    }
    if (options_.trouble.keeps_open) {
      connection.wait_for_end();
    }
    return reply->restarts;
  }

 private:
  bool spoil(Connection& connection) const {
    const Trouble& trouble = options_.trouble;
    if (posts_ >= trouble.times) {
      return false;
    }
    if (connection.taken() >= trouble.early) {
      connection.send_text(
          "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n"
          "Content-Length: " +
          std::to_string(trouble.early_text.size()) + "\r\n\r\n" + trouble.early_text);
      return true;
    }
    if (connection.taken() >= trouble.stalls) {
      connection.wait_silently();
      return true;
    }
    if (connection.taken() >= trouble.resets) {
      connection.reset();
      return true;
    }
    return connection.taken() >= trouble.closes;
  }

  static void print(const FormPost& post, bool restarts) {
    std::cout << "post field=" << post.field << " file=" << post.file_name
              << " bytes=" << post.content.size() << " md5=" << md5_text(post.content)
              << " auth=" << post.auth << " origin=" << (post.origin_right ? "right" : "wrong")
              << " expect=" << post.expects << " whole=" << post.whole << " restarts=" << restarts
              << std::endl;
  }

  const Options& options_;
  StockForm form_;
  unsigned posts_ = 0;
};

int listen_on(const std::string& address) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_in);
  auto* const four = reinterpret_cast<sockaddr_in*>(&storage);
  auto* const six = reinterpret_cast<sockaddr_in6*>(&storage);
  storage.ss_family = AF_INET;
  if (inet_pton(AF_INET, address.c_str(), &four->sin_addr) != 1) {
    storage.ss_family = AF_INET6;
    length = sizeof(sockaddr_in6);
    inet_pton(AF_INET6, address.c_str(), &six->sin6_addr);
  }
  const int listener = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // As small as lwIP's: unread bytes stay in the sender's buffer.
  const int window = 5840;
  setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
  if (bind(listener, reinterpret_cast<sockaddr*>(&storage), length) != 0 ||
      listen(listener, 8) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&storage), &length) != 0) {
    std::perror("stock_form");
    std::exit(1);
  }
  const auto port = storage.ss_family == AF_INET ? four->sin_port : six->sin6_port;
  std::cout << "http " << ntohs(port) << std::endl;
  return listener;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    if (!take_word(options, argv[i])) {
      std::cerr << "stock_form: unknown word '" << argv[i] << "'\n";
      return 2;
    }
  }
  const int listener = listen_on(options.address);
  Server server(options);
  for (;;) {
    const int descriptor = accept(listener, nullptr, nullptr);
    if (descriptor < 0) {
      return 1;
    }
    Connection connection(descriptor);
    if (server.serve(connection)) {
      return 0;
    }
  }
}
