#include <array>
#include <charconv>
#include <chrono>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "otatool/http/operations.hpp"
#include "otatool/http/server.hpp"
#include "otatool/http/site.hpp"
#include "otatool/unix_time.hpp"

#include "app/library/served_library.hpp"
#include "cli/discover/announce_options.hpp"
#include "cli/discover/announce_report.hpp"
#include "cli/discover/browse_options.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/hints.hpp"
#include "cli/io/messages.hpp"
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
    Option{.name = "max-connections", .value = "N", .help = "largest number of connections (4096)"},
    Option{.name = "head-timeout",
           .value = "S",
           .help = "seconds in which a request must be complete (10)"},
    Option{.name = "stall-timeout",
           .value = "S",
           .help = "seconds without a byte after which a download fails (30)"},
    Option{
        .name = "grace", .value = "S", .help = "seconds for running downloads after a stop (10)"},
};

constexpr std::uint16_t kDefaultPort = 8070;
constexpr std::uint64_t kMostConnections = 100'000;

Result<void> read_address(const std::string& text, http::ServerOptions& options) {
  const std::size_t colon = text.rfind(':');
  const std::string_view port = std::string_view(text).substr(colon + 1);
  const char* const end = port.data() + port.size();
  const auto [rest, error] = std::from_chars(port.data(), end, options.port);
  if (colon == std::string::npos || error != std::errc() || rest != end) {
    return fail(Errc::Usage, fmt::format("'{}' is not ADDR:PORT", text));
  }
  options.address = text.substr(0, colon);
  if (options.address.starts_with('[') && options.address.ends_with(']')) {
    options.address = options.address.substr(1, options.address.size() - 2);
  }
  return {};
}

Result<http::ServerOptions> read_server_options(const Invocation& invocation) {
  http::ServerOptions options;
  options.port = kDefaultPort;
  if (const auto listen = invocation.value("listen")) {
    if (auto read = read_address(*listen, options); !read) {
      return fail(read.error());
    }
  }
  const auto connections = invocation.number("max-connections", 1, kMostConnections);
  if (!connections) {
    return fail(connections.error());
  }
  options.most_connections =
      static_cast<std::size_t>(connections->value_or(options.most_connections));
  const std::array<std::pair<std::string_view, std::chrono::milliseconds*>, 3> times = {
      {{"head-timeout", &options.head_time},
       {"stall-timeout", &options.stall_time},
       {"grace", &options.grace_time}}};
  for (const auto& [name, target] : times) {
    const auto seconds = invocation.seconds(name);
    if (!seconds) {
      return fail(seconds.error());
    }
    *target = seconds->value_or(*target);
  }
  return options;
}

Result<http::SiteOptions> read_site_options(const Invocation& invocation) {
  http::SiteOptions options;
  options.devices_only = invocation.flag("devices-only");
  if (const auto path = invocation.value("auth-file")) {
    auto text = files::read_text_file(*path, files::kLargestText);
    if (!text) {
      return fail(text.error());
    }
    const Secret lines(std::move(*text));
    auto users = http::Users::parse(lines.reveal());
    if (!users) {
      return fail(users.error().with_context(*path));
    }
    options.users = std::move(*users);
  }
  return options;
}

Result<void> use_log(const Invocation& invocation, ServeReporter& reporter) {
  constexpr std::array<std::string_view, 2> kFormats = {"text", "json"};
  const auto format = invocation.choice("log-format", kFormats, 0);
  if (!format) {
    return fail(format.error());
  }
  const std::string path = invocation.value("access-log").value_or("-");
  if (path == "-") {
    reporter.use_output(static_cast<LogFormat>(*format));
    return {};
  }
  auto log = AccessLog::open(path);
  if (!log) {
    return fail(log.error());
  }
  reporter.use(std::move(*log), static_cast<LogFormat>(*format));
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

void report_listening(const Invocation& invocation,
                      const http::ServerOptions& options,
                      std::uint16_t port,
                      const std::optional<ServeTls>& tls) {
  Messages& messages = invocation.messages();
  const std::string url = url_of(options, port, tls ? tls->name : std::string());
  nlohmann::json event = {{"event", "listening"},
                          {"url", url},
                          {"address", options.address},
                          {"port", port},
                          {"certificate_sha256", nullptr}};
  const bool everywhere = options.address == "0.0.0.0" || options.address == "::";
  messages.note(
      fmt::format("listening on {}{}", url, everywhere ? " and on all other addresses" : ""));
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
  auto options = read_server_options(invocation);
  if (!options) {
    return fail(options.error());
  }
  auto site_options = read_site_options(invocation);
  if (!site_options) {
    return fail(site_options.error());
  }
  const auto announcement = serve_announcement(invocation);
  if (!announcement) {
    return fail(announcement.error());
  }
  const auto tls = serve_tls(
      invocation,
      {.listen = options->address,
       .announced = *announcement ? announce::host_label((*announcement)->name) : std::string()});
  if (!tls && tls.error().code() == Errc::OutputExists) {
    invocation.messages().error(tls.error(), renew_hint());
    return exit_code(Errc::OutputExists);
  }
  if (!tls) {
    return fail(tls.error());
  }
  if (*tls) {
    options->tls = (*tls)->settings;
  }
  app::ServedLibrary library(std::move(source), std::move(loaded));
  hide_secrets(invocation, *tls, library);
  http::Operations operations(unix_time());
  ServeReporter reporter(invocation.messages(), library, operations);
  if (auto used = use_log(invocation, reporter); !used) {
    return fail(used.error());
  }
  http::Site site(std::move(*site_options), library, operations);
  http::Server server(site, reporter);
  reporter.set_stop([&server] { server.stop(); });
  const auto port = server.listen(*options);
  if (!port) {
    return fail(port.error());
  }
  report_listening(invocation, *options, *port, *tls);
  std::optional<announce::AnnouncedService> announced;
  if (*announcement) {
    announced.emplace(announced_server(*options, *port), **announcement);
    report_start(invocation.messages(), announced->start());
    reporter.set_on_stop([&announced] { announced.reset(); });
  }
  server.run();
  reporter.summarize();
  return kInterrupted;
}

Result<int> run_serve(Invocation& invocation) {
  auto source = app::find_source(invocation.arguments().front());
  if (!source) {
    return fail(source.error());
  }
  auto loaded = app::load_catalogue(*source, nullptr);
  if (!loaded) {
    return fail(loaded.error());
  }
  if (invocation.flag("check")) {
    report_check(invocation.messages(), *loaded);
    return kSuccess;
  }
  return serve(invocation, std::move(*source), std::move(*loaded));
}

}  // namespace

const Command kServeCommand{
    .name = "serve",
    .summary = "serve updates to devices that ask for them over HTTP",
    .arguments = "PATH",
    .examples = kServeExamples,
    .options = kServeOptions,
    .run = run_serve,
    .min_arguments = 1,
    .max_arguments = 1,
};

}  // namespace otatool::cli
