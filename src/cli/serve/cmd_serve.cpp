#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "otatool/http/operations.hpp"
#include "otatool/http/server.hpp"
#include "otatool/http/site.hpp"
#include "otatool/number.hpp"
#include "otatool/unix_time.hpp"

#include "app/library/folder_walk.hpp"
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
#include "cli/serve/serve_announcement.hpp"
#include "cli/serve/serve_check.hpp"
#include "cli/serve/serve_listening.hpp"
#include "cli/serve/serve_reporter.hpp"
#include "cli/serve/serve_sandbox.hpp"
#include "cli/serve/serve_store.hpp"
#include "cli/serve/serve_tls.hpp"
#include "cli/serve/serve_users.hpp"

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
    Option{.name = "status-listen",
           .value = "ADDR:PORT",
           .help = "serve the status page only at this address"},
    Option{.name = "check", .help = "check manifest and images, serve nothing"},
    Option{.name = "max-connections", .value = "N", .help = "largest number of connections (4096)"},
    Option{.name = "max-per-address",
           .value = "N",
           .help = "largest number of connections of one address (256)"},
    Option{.name = "trusted-proxy",
           .value = "CIDR",
           .help = "believe X-Forwarded-For, Forwarded and PROXY headers of these",
           .repeatable = true},
    Option{
        .name = "max-devices", .value = "N", .help = "largest number of devices to keep (100000)"},
    kStoreOption,
    kKeepOption,
    Option{.name = "base",
           .value = "FOLDER",
           .help = "further images that devices may run, for difference updates"},
    Option{
        .name = "delta",
        .value = "auto|always|never",
        .help = "difference updates for devices that apply them; always: also larger ones (auto)"},
    Option{.name = "head-timeout",
           .value = "S",
           .help = "seconds in which a request must be complete (10)"},
    Option{.name = "stall-timeout",
           .value = "S",
           .help = "seconds without a byte after which a download fails (30)"},
    Option{
        .name = "grace", .value = "S", .help = "seconds for running downloads after a stop (10)"},
    Option{.name = "no-sandbox", .help = "keep access to other files"},
    kCertOption,
    kTlsKeyOption,
    kSelfSignedOption,
    kHostOption,
    kCaOutOption,
    kKeyTypeOption,
    kRenewOption,
    kClientCaOption,
    kCrlOption,
    kTlsCompatOption,
    Option{.name = "auth-file",
           .value = "FILE",
           .help = "require a user of FILE, with lines of USER:PASSWORD"},
    Option{.name = "status-auth",
           .value = "FILE",
           .help = "require a user of this FILE for the status page"},
    Option{.name = "admin-file",
           .value = "FILE",
           .help = "let the users of this FILE change rollouts at /admin"},
    Option{.name = "devices-only", .help = "refuse downloads by other clients"},
    Option{.name = "access-log", .value = "FILE", .help = "log requests to FILE (-: stdout)"},
    Option{.name = "log-format",
           .value = "text|json|combined",
           .help = "format of the access log (text)"},
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
constexpr std::size_t kMostDevices = 1'000'000;

Result<http::ListenAddress> parse_listen_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const auto port = parse_number<std::uint16_t>(std::string_view(text).substr(colon + 1));
  if (colon == std::string::npos || !port) {
    return fail(Errc::Usage, fmt::format("'{}' is not ADDR:PORT", text));
  }
  std::string address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  return http::ListenAddress{std::move(address), *port};
}

LogFormat read_log_format(OptionReader& read) {
  return read.choice(
      "log-format",
      {{"text", LogFormat::Text}, {"json", LogFormat::Json}, {"combined", LogFormat::Combined}},
      LogFormat::Text);
}

http::ServerOptions read_server_options(OptionReader& read) {
  http::ServerOptions options;
  options.updates.port = kDefaultPort;
  options.updates = read.parsed("listen", parse_listen_address, options.updates);
  if (read.text("status-listen")) {
    options.status = read.parsed("status-listen", parse_listen_address, options.updates);
  }
  options.most_connections =
      read.number<std::size_t>("max-connections", {1, kMostConnections}, options.most_connections);
  options.most_of_address =
      read.number<std::size_t>("max-per-address", {1, kMostConnections}, options.most_of_address);
  options.trusted_proxies = read.texts("trusted-proxy");
  options.head_time = read.seconds("head-timeout", options.head_time);
  options.stall_time = read.seconds("stall-timeout", options.stall_time);
  options.grace_time = read.seconds("grace", options.grace_time);
  options.keep_texts = read_log_format(read) == LogFormat::Combined;
  return options;
}

http::SiteOptions read_site_options(OptionReader& read, const Invocation& invocation) {
  http::SiteOptions options;
  static_cast<http::SiteUsers&>(options) = read.take(read_site_users(invocation));
  options.devices_only = read.flag("devices-only");
  options.separate_status = read.text("status-listen").has_value();
  return options;
}

Result<void> use_log(Invocation& invocation, ServeReporter& reporter) {
  OptionReader read(invocation);
  const LogFormat format = read_log_format(read);
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

void report_start(Messages& messages, const Result<announce::Announced>& announced) {
  if (announced) {
    report_announced(messages, *announced);
  } else {
    report_not_announced(messages, announced.error());
  }
}

/// Hides the server's own files, and others with secrets, which may lie in the served folder.
void hide_secrets(const Invocation& invocation,
                  app::ServedLibrary& library,
                  const std::optional<ServeTls>& tls = std::nullopt) {
  if (tls) {
    library.hide({.path = tls->files.key, .what = "the private key of the server"});
  }
  for (const char* option : {"auth-file", "status-auth", "admin-file", "key", "access-log"}) {
    const auto path = invocation.value(option);
    if (path && *path != "-") {
      const bool copies = std::string_view(option) != "access-log";
      library.hide(
          {.path = *path, .what = fmt::format("the file of --{}", option), .copies = copies});
    }
  }
  for (const auto& [name, device] : invocation.devices()) {
    if (device.password_file) {
      library.hide({.path = *device.password_file,
                    .what = fmt::format("the password file of the device '{}'", name)});
    }
    if (device.encryption_key_file) {
      library.hide({.path = *device.encryption_key_file,
                    .what = fmt::format("the encryption key of the device '{}'", name)});
    }
  }
}

void hide_secrets(const ServeStore& store, app::ServedLibrary& library) {
  for (const store::StoreFile& file : store.files()) {
    if (file.secret) {
      library.hide({.path = file.path, .what = "a secret file of the PostgreSQL URI"});
    }
  }
}

/// Reads the TLS files again. If one is unusable, the old ones stay in use.
void renew_tls(Messages& messages, const TlsFiles& files, http::Server& server) {
  const auto settings = read_tls_files(files);
  const auto renewed = settings ? server.renew_tls(*settings) : fail(settings.error());
  if (renewed) {
    messages.note("reloaded the certificates");
  } else {
    messages.warning("certificates rejected, still using the previous ones: " +
                     renewed.error().message());
  }
}

/// What SIGHUP asks for.
void renew(const Invocation& invocation,
           http::Site& site,
           http::Server& server,
           const std::optional<ServeTls>& tls) {
  renew_users(invocation, site, server);
  if (tls) {
    renew_tls(invocation.messages(), tls->files, server);
  }
}

Result<ServeStore> open_store(Invocation& invocation,
                              const app::ServedLibrary& library,
                              http::Operations& operations) {
  const app::LibrarySource& source = library.source();
  const std::string served_folder = source.only_file.empty() ? source.path : std::string();
  TRY(ServeStore store, ServeStore::open(invocation, operations, served_folder));
  // The rollouts of the store go on where they were; new ones begin by its clock.
  operations.on_catalogue(*library.loaded().catalogue);
  return store;
}

/// Reads --base and --delta.
Result<void> offer_patches(Invocation& invocation, app::ServedLibrary& library) {
  enum class Wish { Auto, Always, Never };
  OptionReader read(invocation);
  const Wish wish =
      read.choice<Wish>("delta",
                        {{"auto", Wish::Auto}, {"always", Wish::Always}, {"never", Wish::Never}},
                        Wish::Auto);
  const std::string base = read.text("base", "");
  TRY_VOID(read.finish());
  std::error_code ignored;
  if (!base.empty() && !std::filesystem::is_directory(base, ignored)) {
    return fail(Errc::FileUnreadable, fmt::format("'{}' is not a folder", base));
  }
  if (wish != Wish::Never) {
    library.offer_patches(base, wish == Wish::Always);
  }
  return {};
}

/// For TLS on a store that several servers share; otherwise null.
std::unique_ptr<http::TlsResumption> make_resumption(const Invocation& invocation, bool tls) {
  const auto address = store::parse_store_address(invocation.value("store").value_or("none"));
  const bool shared = address && address->kind == store::StoreAddress::Kind::Postgresql;
  return tls && shared ? std::make_unique<http::TlsResumption>() : nullptr;
}

/// Runs the server for a loaded library.
Result<int> serve(Invocation& invocation, app::LibrarySource source, app::LoadedCatalogue loaded) {
  OptionReader read(invocation);
  auto options = read_server_options(read);
  auto site_options = read_site_options(read, invocation);
  const auto most_devices =
      read.number<std::size_t>("max-devices", {1, kMostDevices}, http::Operations::kMostDevices);
  const auto announcement = read.take(serve_announcement(invocation));
  TRY_VOID(read.finish());
  const auto tls =
      serve_tls(invocation,
                {.listen = options.updates.address,
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
  TRY_VOID(offer_patches(invocation, library));
  hide_secrets(invocation, library, *tls);
  http::Operations operations(unix_time(), most_devices);
  ServeReporter reporter(invocation.messages(), library, operations);
  TRY_VOID(use_log(invocation, reporter));
  http::Site site(std::move(site_options), library, operations);
  const auto resumption = make_resumption(invocation, tls->has_value());
  options.resumption = resumption.get();
  http::Server server(site, reporter);
  reporter.set_stop([&server] { server.stop(); });
  reporter.set_on_hangup([&] { renew(invocation, site, server, *tls); });
  options.pinned_descriptors = library.pinned_descriptors();
  TRY(const http::ServerPorts ports, server.listen(options));
  library.set_most_descriptors(server.shares().files);
  TRY(ServeStore store, open_store(invocation, library, operations));
  hide_secrets(store, library);
  reporter.use(store);
  warn_of_root(invocation.messages());
  enter_sandbox(invocation, *tls, store);
  store.start(*library.catalogue(), resumption.get());
  report_listening(invocation.messages(),
                   {.options = options, .ports = ports, .shares = server.shares(), .tls = *tls},
                   *library.catalogue());
  std::optional<announce::AnnouncedService> announced;
  if (announcement) {
    announced.emplace(announced_server(options, ports.updates), *announcement);
    report_start(invocation.messages(), announced->start());
    reporter.set_on_stop([&announced] { announced.reset(); });
  }
  reporter.on_ready(ports.updates);
  const http::ServerEnd end = server.run();
  store.finish();
  reporter.summarize();
  // A service manager ends programs by SIGTERM, and takes another code than 0 for a failure.
  return end == http::ServerEnd::Terminated ? kSuccess : kInterrupted;
}

Result<int> run_serve(Invocation& invocation) {
  TRY(app::LibrarySource source, app::find_source(invocation.arguments().front()));
  TRY(app::LoadedCatalogue loaded, app::load_catalogue(source, nullptr));
  if (invocation.flag("check")) {
    app::ServedLibrary library(std::move(source), std::move(loaded));
    hide_secrets(invocation, library);
    report_check(invocation.messages(), library.loaded(), app::hidden_files(library));
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
