// `otatool serve` against nginx and python3 -m http.server, all started here on the same files:
// requests a second where nothing has changed, and throughput of 1 MiB downloads, in the clear and
// by TLS. Each server writes its access log to a file. Medians of runs in which the servers take
// turns; ratios are what counts, and what the kernel itself sends at most (bare_sender.hpp):
// serve_bench [RUNS [MILLISECONDS]]
#include <algorithm>
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

#include "bare_sender.hpp"
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
    if (process_ == 0) {
      run(command);
    }
  }
  /// The least of all servers (bare_sender.hpp).
  Server(std::uint16_t port, const std::string& path) : process_(fork()) {
    if (process_ == 0) {
      otatool::bench::send_bare(port, path);
    }
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
  }

 private:
  [[noreturn]] static void run(const std::vector<std::string>& command) {
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

struct Effort {
  int runs;
  std::chrono::milliseconds time;  ///< of each run with each server
};

struct Site {
  std::string name;
  std::uint16_t plain = 0;
  std::uint16_t tls = 0;        ///< 0: it has no TLS
  bool downloads_only = false;  ///< it keeps the connection, and knows of no change
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
      "ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {0}/ca.pem; ssl_certificate_key {0}/ca.key; "
      "}} }}\n",
      folder.string(),
      site.plain,
      site.tls);
}

struct Row {
  std::string what;
  bool tls = false;
  bool unchanged = false;
  bool anew = false;  ///< a connection for each request
};

/// Requests a second that change nothing, or MiB a second.
std::optional<double> measure(const Site& site, const Row& row, std::chrono::milliseconds time) {
  constexpr double kMebibyte = 1024.0 * 1024.0;
  const std::uint16_t port = row.tls ? site.tls : site.plain;
  if (port == 0 || (site.downloads_only && (row.unchanged || row.anew))) {
    return std::nullopt;
  }
  std::string fields = row.anew ? "Connection: close\r\n" : "";
  if (row.unchanged) {
    fields += "If-Modified-Since: " + last_modified(port, row.tls) + "\r\n";
  }
  const LoadResult result = otatool::bench::run_load(
      {.port = port, .tls = row.tls, .request = request_for(fields), .time = time});
  if (result.status != (row.unchanged ? 304U : 200U) || result.failures > 0) {
    fmt::print(stderr,
               "serve_bench: {} answers {}, {} failures\n",
               site.name,
               result.status,
               result.failures);
  }
  return row.unchanged ? result.requests_per_second : result.bytes_per_second / kMebibyte;
}

std::optional<double> median(std::vector<double> values) {
  if (values.empty()) {
    return std::nullopt;
  }
  std::ranges::sort(values);
  return values[values.size() / 2];
}

std::string shown(std::optional<double> value, int digits = 0) {
  return value ? fmt::format("{:.{}f}", *value, digits) : "-";
}

/// The servers take turns, so that whatever else this computer does falls on all of them.
void compare(const std::vector<Site>& sites, const Row& row, Effort effort) {
  std::vector<std::vector<double>> values(sites.size());
  std::vector<std::vector<double>> ratios(sites.size());
  for (int i = 0; i < effort.runs; ++i) {
    for (std::size_t site = 0; site < sites.size(); ++site) {
      if (const auto value = measure(sites[site], row, effort.time)) {
        values[site].push_back(*value);
        ratios[site].push_back(values[0].back() / *value);
      }
    }
  }
  fmt::print("| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
             row.what,
             row.unchanged ? "requests/s" : "MiB/s",
             shown(median(values[0])),
             shown(median(values[1])),
             shown(median(values[2])),
             shown(median(values[3])),
             shown(median(ratios[1]), 2),
             shown(median(ratios[2]), 1),
             shown(median(ratios[3]), 2));
  std::fflush(stdout);
}

void compare_all(const std::vector<Site>& sites, Effort effort) {
  const std::vector<Row> rows = {
      {.what = "not modified", .unchanged = true},
      {.what = "not modified, each on a new connection", .unchanged = true, .anew = true},
      {.what = "not modified, TLS", .tls = true, .unchanged = true},
      {.what = "1 MiB"},
      {.what = "1 MiB, each on a new connection", .anew = true},
      {.what = "1 MiB, TLS", .tls = true},
      {.what = "1 MiB, TLS, each on a new connection", .tls = true, .anew = true},
  };
  fmt::print(
      "| | unit | otatool | nginx | python | bare sendfile | otatool / nginx | otatool / python | "
      "otatool / bare |\n"
      "|---|---|---|---|---|---|---|---|---|\n");
  for (const Row& row : rows) {
    compare(sites, row, effort);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Effort effort{.runs = argc > 1 ? std::max(1, std::atoi(argv[1])) : 5,
                      .time = std::chrono::milliseconds(argc > 2 ? std::atoi(argv[2]) : 1000)};
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
                                   {"python", free_port(), 0},
                                   {"bare sendfile", free_port(), 0, true}};
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
    const Server bare(sites[3].plain, folder + "/site/image.bin");
    last_modified(sites[3].plain, false);
    compare_all(sites, effort);
  }
  fs::remove_all(folder);
  return 0;
}
