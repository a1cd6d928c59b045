// `otatool serve` against nginx and python3 -m http.server, all started here on the same files:
// requests a second where nothing has changed, and throughput of 1 MiB downloads, in the clear and
// by TLS. Each server writes its access log to a file. Ratios are what counts:  serve_bench
// [SECONDS]
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "serve_load.hpp"
#include "tests/support/image_builder.hpp"

namespace {

namespace fs = std::filesystem;
using otatool::bench::LoadPlan;
using otatool::bench::LoadResult;

constexpr std::size_t kImageSize = std::size_t{1} << 20U;

/// A server that is ended with its owner.
class Server {
 public:
  explicit Server(const std::vector<std::string>& command) : process_(fork()) {
    if (process_ != 0) {
      return;
    }
    const int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    std::vector<char*> arguments;
    for (const std::string& word : command) {
      arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
  }

 private:
  pid_t process_;
};

/// A port that was free just now.
std::uint16_t free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  bind(probe, reinterpret_cast<const sockaddr*>(&address), size);
  getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
  close(probe);
  return ntohs(address.sin_port);
}

struct Site {
  std::string name;
  std::uint16_t plain = 0;
  std::uint16_t tls = 0;  ///< 0: it has no TLS
};

std::string request_for(const std::string& fields) {
  return "GET /image.bin HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

/// Waits until the server answers; its Last-Modified.
std::string last_modified(std::uint16_t port, bool tls) {
  const LoadPlan plan{.port = port, .tls = tls, .request = request_for("")};
  for (int i = 0; i < 200; ++i) {
    const std::string date = otatool::bench::fetch_field(plan, "Last-Modified");
    if (!date.empty()) {
      return date;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  fmt::print(stderr, "serve_bench: no answer on port {}\n", port);
  std::exit(2);
}

void write_nginx_config(const fs::path& folder, const Site& site) {
  std::ofstream(folder / "nginx.conf") << fmt::format(
      "daemon off; worker_processes auto; pid {0}/nginx.pid; error_log {0}/error.log;\n"
      "events {{ worker_connections 1024; }}\n"
      "http {{ sendfile on; tcp_nopush on; access_log {0}/nginx.log;\n"
      "keepalive_requests 100000000; client_body_temp_path {0}/t1;\n"
      "proxy_temp_path {0}/t2; fastcgi_temp_path {0}/t3; uwsgi_temp_path {0}/t4;\n"
      "scgi_temp_path {0}/t5;\n"
      "server {{ listen 127.0.0.1:{1}; listen 127.0.0.1:{2} ssl; root {0}/site;\n"
      "ssl_certificate {0}/ca.pem; ssl_certificate_key {0}/ca.key; }} }}\n",
      folder.string(),
      site.plain,
      site.tls);
}

struct Row {
  std::string what;
  std::string unit;
  bool tls = false;
  bool unchanged = false;
  double scale = 1;
};

std::optional<double> measure(const Site& site, const Row& row, std::chrono::milliseconds time) {
  const std::uint16_t port = row.tls ? site.tls : site.plain;
  if (port == 0) {
    return std::nullopt;
  }
  const std::string date = last_modified(port, row.tls);
  const std::string fields = row.unchanged ? "If-Modified-Since: " + date + "\r\n" : "";
  const LoadResult result = otatool::bench::run_load(
      {.port = port, .tls = row.tls, .request = request_for(fields), .time = time});
  if (result.status != (row.unchanged ? 304U : 200U) || result.failures > 0) {
    fmt::print(stderr,
               "serve_bench: {} answers {}, {} failures\n",
               site.name,
               result.status,
               result.failures);
  }
  return (row.unchanged ? result.requests_per_second : result.bytes_per_second) / row.scale;
}

std::string shown(std::optional<double> value) {
  return value ? fmt::format("{:.0f}", *value) : "-";
}

std::string ratio(std::optional<double> value, std::optional<double> other) {
  return value && other ? fmt::format("{:.2f}", *value / *other) : "-";
}

void compare(const std::vector<Site>& sites, std::chrono::milliseconds time) {
  constexpr double kMebibyte = 1024.0 * 1024.0;
  const std::vector<Row> rows = {
      {"not modified", "requests/s", false, true, 1},
      {"not modified, TLS", "requests/s", true, true, 1},
      {"1 MiB", "MiB/s", false, false, kMebibyte},
      {"1 MiB, TLS", "MiB/s", true, false, kMebibyte},
  };
  fmt::print(
      "| | unit | otatool | nginx | python | otatool / nginx | otatool / python |\n"
      "|---|---|---|---|---|---|---|\n");
  for (const Row& row : rows) {
    std::vector<std::optional<double>> values;
    for (const Site& site : sites) {
      values.push_back(measure(site, row, time));
    }
    fmt::print("| {} | {} | {} | {} | {} | {} | {} |\n",
               row.what,
               row.unit,
               shown(values[0]),
               shown(values[1]),
               shown(values[2]),
               ratio(values[0], values[1]),
               ratio(values[0], values[2]));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::chrono::milliseconds time(argc > 1 ? std::atoi(argv[1]) * 1000 : 3000);
  std::string folder = fs::temp_directory_path() / "serve_bench.XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    std::perror("serve_bench");
    return 2;
  }
  chmod(folder.c_str(), 0755);  // nginx changes its user when root starts it
  fs::create_directory(folder + "/site");
  const auto image = otatool::support::arduino_image({.code_size = kImageSize - 4800});
  std::ofstream(folder + "/site/image.bin", std::ios::binary)
      .write(reinterpret_cast<const char*>(image.data()),
             static_cast<std::streamsize>(image.size()));
  const std::vector<Site> sites = {{"otatool", free_port(), free_port()},
                                   {"nginx", free_port(), free_port()},
                                   {"python", free_port(), 0}};
  const auto listen = [](std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); };
  {
    const Server plain({OTATOOL_BINARY,
                        "serve",
                        folder + "/site",
                        "--listen",
                        listen(sites[0].plain),
                        "--access-log",
                        folder + "/plain.log"});
    const Server tls({OTATOOL_BINARY,
                      "serve",
                      folder + "/site",
                      "--listen",
                      listen(sites[0].tls),
                      "--access-log",
                      folder + "/tls.log",
                      "--self-signed",
                      "--host",
                      "localhost",
                      "--ca-out",
                      folder + "/ca.pem"});
    last_modified(sites[0].tls, true);
    write_nginx_config(folder, sites[1]);
    const Server nginx({"/usr/sbin/nginx", "-c", folder + "/nginx.conf", "-p", folder});
    const Server python({"python3",
                         "-m",
                         "http.server",
                         "-b",
                         "127.0.0.1",
                         "-d",
                         folder + "/site",
                         std::to_string(sites[2].plain)});
    compare(sites, time);
  }
  fs::remove_all(folder);
  return 0;
}
