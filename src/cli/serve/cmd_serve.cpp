#include <array>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "otatool/http/operations.hpp"
#include "otatool/http/server.hpp"
#include "otatool/http/site.hpp"
#include "otatool/number.hpp"
#include "otatool/unix_time.hpp"

#include "app/library/served_library.hpp"
#include "cli/discover/announce_options.hpp"
#include "cli/discover/announce_report.hpp"
#include "cli/discover/browse_options.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/hints.hpp"
#include "cli/io/messages.hpp"
#include "cli/serve/own_hosts.hpp"
#include "cli/serve/serve_announcement.hpp"
#include "cli/serve/serve_check.hpp"
#include "cli/serve/serve_reporter.hpp"
#include "cli/serve/serve_tls.hpp"
#include "files/files.hpp"

namespace otatool::cli {
namespace {

constexpr std::array kServeExamples = {
    Example{"otatool serve firmware.bin", "serve one image on port 8070 of this computer"},
    Example{"otatool serve releases/", "serve a folder by the rules of its otatool.toml"},
    Example{"otatool serve releases/ --check", "check the manifest and all its images"},
    Example{"otatool serve releases/ --self-signed --host ota.lan",
            "serve HTTPS; ca_cert.pem is for the devices"},
    Example{"otatool serve releases/ --auth-file users.txt --devices-only",
            "serve only devices with a password"},
    Example{"otatool serve releases/ --announce --name updates",
            "announce it by mDNS as updates.local"},
    Example{"otatool serve releases/ --access-log access.log --log-format json",
            "write a log in JSON"},
};

constexpr std::array kServeOptions = {
    Option{.name = "listen",
           .value = "ADDR:PORT",
           .help = "address and port to listen on, port 0: any (0.0.0.0:8070)"},
    Option{.name = "check", .help = "check manifest and images, serve nothing"},
    Option{.name = "max-connections", .value = "N", .help = "largest number of connections (4096)"},
    Option{.name = "head-timeout",
           .value = "S",
           .help = "seconds in which a request must be complete (10)"},
    Option{.name = "stall-timeout",
           .value = "S",
           .help = "seconds without a byte after which a download fails (30)"},
    Option{
        .name = "grace", .value = "S", .help = "seconds for running downloads after a stop (10)"},
    kCertOption,
    kTlsKeyOption,
    kSelfSignedOption,
    kHostOption,
    kCaOutOption,
    kKeyTypeOption,
    kRenewOption,
    kClientCaOption,
    Option{.name = "auth-file",
           .value = "FILE",
           .help = "require a user of FILE, with lines of USER:PASSWORD"},
    Option{.name = "devices-only", .help = "refuse downloads by other clients"},
    Option{.name = "access-log", .value = "FILE", .help = "log requests to FILE (-: stdout)"},
    Option{.name = "log-format", .value = "text|json", .help = "format of the access log (text)"},
    kAnnounceOption,
    kServerNameOption,
    kAnnounceInterfaceOption,
    kMdnsPortOption,
};

constexpr std::array kServeOptionGroups = {
    Group{"Server", "listen"},
    Group{"HTTPS", "cert"},
    Group{"Access", "auth-file"},
    Group{"Access log", "access-log"},
    Group{"Announcement", "announce"},
};

constexpr std::uint16_t kDefaultPort = 8070;
constexpr std::size_t kMostConnections = 100'000;

struct ListenAddress {
  std::string address;
  std::uint16_t port = 0;
};

Result<ListenAddress> parse_listen_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const auto port = parse_number<std::uint16_t>(std::string_view(text).substr(colon + 1));
  if (colon == std::string::npos || !port) {
    return fail(Errc::Usage, fmt::format("'{}' is not ADDR:PORT", text));
  }
  std::string address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  return ListenAddress{std::move(address), *port};
}

http::ServerOptions read_server_options(OptionReader& read) {
  http::ServerOptions options;
  const auto listen =
      read.parsed("listen", parse_listen_address, ListenAddress{options.address, kDefaultPort});
  options.address = listen.address;
  options.port = listen.port;
  options.most_connections =
      read.number<std::size_t>("max-connections", {1, kMostConnections}, options.most_connections);
  options.head_time = read.seconds("head-timeout", options.head_time);
  options.stall_time = read.seconds("stall-timeout", options.stall_time);
  options.grace_time = read.seconds("grace", options.grace_time);
  return options;
}

Result<http::Users> read_users(const std::string& path) {
  TRY(std::string text, files::read_text_file(path, files::kLargestText));
  const Secret lines(std::move(text));
  auto users = http::Users::parse(lines.reveal());
  return users ? std::move(users) : fail(users.error().with_context(path));
}

http::SiteOptions read_site_options(OptionReader& read) {
  http::SiteOptions options;
  options.devices_only = read.flag("devices-only");
  if (const auto path = read.text("auth-file")) {
    options.users = read.take(read_users(*path));
  }
  return options;
}

Result<void> use_log(Invocation& invocation, ServeReporter& reporter) {
  OptionReader read(invocation);
  const auto format = read.choice(
      "log-format", {{"text", LogFormat::Text}, {"json", LogFormat::Json}}, LogFormat::Text);
  TRY_VOID(read.finish());
  const std::string path = read.text("access-log", "-");
  if (path == "-") {
    reporter.use_output(format);
    return {};
  }
  TRY(auto log, AccessLog::open(path));
  reporter.use(std::move(log), format);
  return {};
}

/// A URL of the server: with the name in its certificate, or an address of this computer.
std::string url_of(const http::ServerOptions& options,
                   std::uint16_t port,
                   const std::string& name) {
  std::string host = name.empty() ? options.address : name;
  if (host == "0.0.0.0") {
    host = "127.0.0.1";
  } else if (host == "::") {
    host = "::1";
  }
  const bool bracketed = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}",
                     options.tls ? "https" : "http",
                     bracketed ? "[" : "",
                     host,
                     bracketed ? "]" : "",
                     port);
}

/// The addresses at which devices in the network reach a server that listens on all of them.
std::vector<std::string> network_urls(const http::ServerOptions& options, std::uint16_t port) {
  std::vector<std::string> urls;
  if (options.address == "0.0.0.0" || options.address == "::") {
    for (const OwnAddress& address : own_addresses()) {
      if (!address.loopback) {
        urls.push_back(url_of(options, port, address.text));
      }
    }
  }
  return urls;
}

void report_listening(const Invocation& invocation,
                      const http::ServerOptions& options,
                      std::uint16_t port,
                      const std::optional<ServeTls>& tls,
                      const http::Catalogue& catalogue) {
  Messages& messages = invocation.messages();
  const std::string url = url_of(options, port, tls ? tls->name : std::string());
  nlohmann::json event = {{"event", "listening"},
                          {"url", url},
                          {"address", options.address},
                          {"port", port},
                          {"network_urls", network_urls(options, port)},
                          {"certificate_sha256", nullptr}};
  const bool everywhere = options.address == "0.0.0.0" || options.address == "::";
  messages.note(
      fmt::format("listening on {}{}", url, everywhere ? " and on all other addresses" : ""));
  const std::string path = catalogue.only_file ? "/" : "/" + catalogue.update_path;
  for (const std::string& each : network_urls(options, port)) {
    messages.note(fmt::format("for devices: {0}{1}, status page: {0}/status", each, path));
  }
  if (tls) {
    event["certificate_sha256"] = tls->fingerprint;
    messages.note("certificate, SHA-256: " + tls->fingerprint);
  }
  messages.json_line(event);
}

void report_start(Messages& messages, const Result<announce::Announced>& announced) {
  if (announced) {
    report_announced(messages, *announced);
  } else {
    report_not_announced(messages, announced.error());
  }
}

/// Hides the server's own files, which may lie in the served folder.
void hide_secrets(const Invocation& invocation,
                  const std::optional<ServeTls>& tls,
                  app::ServedLibrary& library) {
  for (const char* option : {"auth-file", "access-log"}) {
    const auto path = invocation.value(option);
    if (path && *path != "-") {
      library.hide(*path);
    }
  }
  if (tls) {
    library.hide(tls->key_path);
  }
}

/// Runs the server for a loaded library.
Result<int> serve(Invocation& invocation, app::LibrarySource source, app::LoadedCatalogue loaded) {
  OptionReader read(invocation);
  auto options = read_server_options(read);
  auto site_options = read_site_options(read);
  const auto announcement = read.take(serve_announcement(invocation));
  TRY_VOID(read.finish());
  const auto tls =
      serve_tls(invocation,
                {.listen = options.address,
                 .announced = announcement ? announce::host_label(announcement->name) : ""});
  if (!tls && tls.error().code() == Errc::OutputExists) {
    invocation.messages().error(tls.error(), renew_hint());
    return exit_code(Errc::OutputExists);
  }
  if (!tls) {
    return fail(tls.error());
  }
  if (*tls) {
    options.tls = (*tls)->settings;
  }
  app::ServedLibrary library(std::move(source), std::move(loaded));
  hide_secrets(invocation, *tls, library);
  http::Operations operations(unix_time());
  ServeReporter reporter(invocation.messages(), library, operations);
  TRY_VOID(use_log(invocation, reporter));
  http::Site site(std::move(site_options), library, operations);
  http::Server server(site, reporter);
  reporter.set_stop([&server] { server.stop(); });
  TRY(const std::uint16_t port, server.listen(options));
  report_listening(invocation, options, port, *tls, *library.catalogue());
  std::optional<announce::AnnouncedService> announced;
  if (announcement) {
    announced.emplace(announced_server(options, port), *announcement);
    report_start(invocation.messages(), announced->start());
    reporter.set_on_stop([&announced] { announced.reset(); });
  }
  server.run();
  reporter.summarize();
  return kInterrupted;
}

Result<int> run_serve(Invocation& invocation) {
  TRY(app::LibrarySource source, app::find_source(invocation.arguments().front()));
  TRY(app::LoadedCatalogue loaded, app::load_catalogue(source, nullptr));
  if (invocation.flag("check")) {
    report_check(invocation.messages(), loaded);
    return kSuccess;
  }
  return serve(invocation, std::move(source), std::move(loaded));
}

}  // namespace

const Command kServeCommand{
    .name = "serve",
    .summary = "serve updates to devices that ask for them over HTTP",
    .arguments = "PATH",
    .examples = kServeExamples,
    .options = kServeOptions,
    .option_groups = kServeOptionGroups,
    .run = run_serve,
    .min_arguments = 1,
    .max_arguments = 1,
};

}  // namespace otatool::cli
