// `otatool espota`, also run under the names espota and espota.py: a drop-in for the espota.py of
// both chip families, with their options, messages on stderr and exit codes 0, 1 and 2.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>

#include "otatool/espota/target_list.hpp"
#include "otatool/overloaded.hpp"

#include "app/devices/host_kind.hpp"
#include "app/devices/known_targets.hpp"
#include "app/devices/name_search.hpp"
#include "app/examined_file.hpp"
#include "app/release/release_check.hpp"
#include "app/release/signed_file.hpp"
#include "cli/compat/espota_arguments.hpp"
#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/secret_variable.hpp"
#include "cli/io/messages.hpp"
#include "cli/io/printable.hpp"
#include "cli/upload/check_hints.hpp"
#include "cli/upload/device_hints.hpp"
#include "cli/upload/upload_image.hpp"

namespace otatool::cli {
namespace {

using namespace std::string_view_literals;

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kInvitations = 10;  ///< of the ESP32's espota.py; -t is the time for each of them
constexpr std::size_t kBarWidth = 60;
constexpr std::size_t kBytesPerDot = 1460;

constexpr std::string_view kEspotaHelp =
    R"(Usage: espota [options] -i ADDRESS -f IMAGE

  -i, --ip ADDRESS         address or name of the device
  -p, --port PORT          UDP port of the device (default: try 8266 and 3232)
  -I, --host_ip ADDRESS    local address to use
  -P, --host_port PORT     local TCP port for the device's connection
  -a, --auth PASSWORD      password; OTATOOL_PASSWORD is used if it is empty
  -f, --file IMAGE         file to upload, or IMAGE.signed if it exists
  -s, --spiffs             IMAGE is a filesystem image
  -d, --debug              show the messages on the wire
  -r, --progress           show a progress bar
  -t, --timeout SECONDS    time for each of ten invitations
  -m, --md5-target         the device stores an MD5 hash of its password
      --chip CHIP          auto, esp8266 or esp32
      --no-signed          upload IMAGE even if IMAGE.signed exists
      --force CHECK        upload although this check refuses the image
  -h, --help               show this help
)";

/// Prints the messages of espota.py on stderr.
class EspotaReporter final : public delivery::Observer {
 public:
  EspotaReporter(Messages& messages, const EspotaArguments& arguments, std::size_t image_size)
      : messages_(messages), arguments_(arguments), image_size_(image_size) {}

  void on_event(std::size_t, const delivery::Event& event) override {
    std::visit(
        Overloaded{
            [&](const delivery::AttemptStarted& started) { on_start(started); },
            [&](const delivery::PhaseReached& reached) { on_phase(reached); },
            [](const delivery::Resumed&) {},
            [&](const delivery::Progressed& progress) { on_progress(progress.delivered); },
            [&](const delivery::StrangerRefused& refused) {
              line(fmt::format("{} from {}",
                               refused.connection ? "Refused a connection" : "Ignored a reply",
                               refused.address));
            },
            [](const delivery::DeviceRecognised&) {},
            [](const delivery::Authenticated&) {},
            [&](const delivery::RetryScheduled& retry) {
              end_authentication("FAIL");
              line(fmt::format("{}; trying again", retry.reason.message()));
            },
            [](const delivery::Waiting&) {},
            [](const delivery::PatchChosen&) {},
            [](const delivery::PatchRefused&) {},
            [&](const delivery::Traced& traced) {
              if (arguments_.debug) {
                line(fmt::format("[DEBUG]: {} {}", traced.sent ? ">" : "<", traced.text));
              }
            },
        },
        event);
  }

  void on_report(std::size_t, const delivery::Report& report) override {
    if (!report.error) {
      on_progress(image_size_);
      end_progress();
      line("Result: OK");
      return;
    }
    end_authentication("FAIL");
    end_progress();
    line(fmt::format("[ERROR]: {}: {}", classic_text(*report.error), report.error->message()));
    if (const std::string hint = espota_hint(*report.error, image_size_); !hint.empty()) {
      line(fmt::format("[ERROR]: {}", hint));
    }
  }

 private:
  void on_start(const delivery::AttemptStarted& started) {
    shown_ = 0;
    delivered_all_ = false;
    line(fmt::format("Sending invitation to {}", started.address));
    if (arguments_.debug) {
      line(fmt::format("[DEBUG]: UDP port {}, connection expected on {}",
                       fmt::join(started.ports, " or "),
                       espota::format_host_port(started.local_address, started.host_port)));
    }
  }
  void on_phase(const delivery::PhaseReached& reached) {
    using delivery::Phase;
    if (reached.phase == Phase::Authenticating && !authenticating_) {
      authenticating_ = true;
      if (!arguments_.debug) {
        text("Authenticating...");
      }
    } else if (reached.phase == Phase::AwaitingConnection || reached.phase == Phase::Sending) {
      end_authentication("OK");
    }
    if (reached.phase == Phase::AwaitingConnection) {
      line("Waiting for device...");
    }
  }
  /// Prints `Authenticating...OK` as one line: with traces only now, so that none comes in between.
  void end_authentication(std::string_view outcome) {
    if (authenticating_) {
      text(fmt::format("{}{}\n", arguments_.debug ? "Authenticating..." : "", outcome));
      authenticating_ = false;
    }
  }
  void on_progress(std::size_t delivered) {
    if (delivered_all_) {
      return;
    }
    show_progress(delivered);
    if (delivered == image_size_) {
      delivered_all_ = true;
      line("Waiting for result...");
    }
  }
  void show_progress(std::size_t delivered) {
    if (arguments_.progress) {
      const std::size_t percent = image_size_ == 0 ? 100 : delivered * 100 / image_size_;
      if (percent != shown_ || !bar_open_) {
        shown_ = percent;
        const std::size_t filled = percent * kBarWidth / 100;
        text(fmt::format(
            "\rUploading: [{:<{}}] {}% ", std::string(filled, '='), kBarWidth, percent));
        bar_open_ = true;
      }
      return;
    }
    for (; (shown_ + 1) * kBytesPerDot <= delivered; ++shown_) {
      text(".");
      bar_open_ = true;
    }
  }
  void end_progress() {
    if (bar_open_) {
      text(shown_ == 100 && arguments_.progress ? "Done...\n" : "\n");
      bar_open_ = false;
    }
  }
  /// The text of espota.py for this failure, which scripts search for.
  static std::string_view classic_text(const Error& error) {
    switch (error.code()) {
      case Errc::NoAnswer:
      case Errc::PortClosed:
      case Errc::HostUnreachable:
        return "No response from the ESP (No Answer)";
      case Errc::SilentAfterAuth:
        return "No Answer to our Authentication";
      case Errc::PasswordNeeded:
      case Errc::PasswordRefused:
        return "Authentication Failed";
      case Errc::NoConnectionBack:
      case Errc::OnlyStrangers:
        return "No response from device";
      case Errc::DeviceRefused:
        return "Bad Answer";
      case Errc::NotFound:
        return "Host Not Found";
      case Errc::ListenFailed:
        return "Listen Failed";
      case Errc::VerdictLost:
        return "No Result!";
      default:
        return "Error Uploading";
    }
  }
  void line(std::string_view what) {
    end_progress();
    text(fmt::format("{}\n", printable(what)));
  }
  void text(std::string_view what) { messages_.raw_error_output(what); }

  Messages& messages_;
  const EspotaArguments& arguments_;
  std::size_t image_size_;
  std::size_t shown_ = 0;  ///< percent of the bar, or dots
  bool bar_open_ = false;
  bool delivered_all_ = false;
  bool authenticating_ = false;
};

void complain(Messages& messages, std::string_view what) {
  messages.raw_error_output(fmt::format("[ERROR]: {}\n", printable(what)));
}

void warn(Messages& messages, std::string_view what) {
  messages.raw_error_output(fmt::format("[WARNING]: {}\n", printable(what)));
}

std::string file_to_upload(const EspotaArguments& arguments, Messages& messages) {
  const auto signed_file =
      arguments.prefer_signed ? app::signed_file_beside(arguments.file) : std::nullopt;
  if (!signed_file) {
    return arguments.file;
  }
  if (signed_file->of_older_build) {
    warn(messages, older_build_warning(arguments.file, *signed_file));
    return arguments.file;
  }
  messages.raw_error_output(fmt::format(
      "Using the signed image {} (--no-signed selects the other file)\n", signed_file->path));
  return signed_file->path;
}

espota::UploadOptions options_from(const EspotaArguments& arguments) {
  espota::UploadOptions options;
  options.command = arguments.filesystem ? wire::Command::Filesystem : wire::Command::Flash;
  options.local.address = arguments.host_address;
  options.host_ports = {arguments.host_port, arguments.host_port};
  if (arguments.md5_target) {
    options.auth.hash = wire::AuthHash::Md5;
  }
  if (arguments.timeout) {
    options.timing.invitation = *arguments.timeout * kInvitations;
  }
  return options;
}

/// Replaces the name of a device on this network by its address. Names that only the system knows
/// stay.
Result<void> locate(app::KnownTarget& known) {
  const std::string& host = known.target.host;
  if (!app::may_be_mdns(host)) {
    return {};
  }
  TRY(const auto found, app::find_names(std::span(&host, 1), {}));
  std::vector<app::KnownTarget> located{known};
  TRY_VOID(app::use_names(found, located));
  known = std::move(located.front());
  return {};
}

/// Uploads the file and returns the exit code of espota.py.
int upload(Invocation& invocation, EspotaArguments& arguments) {
  Messages& messages = invocation.messages();
  const espota::UploadOptions options = options_from(arguments);
  const std::string path = file_to_upload(arguments, messages);
  const Result<app::ExaminedFile> file = app::examine_file(path);
  if (!file) {
    complain(messages, file.error().message());
    return kFailed;
  }
  app::KnownTarget known{{arguments.address, arguments.address, arguments.port, arguments.chip, {}},
                         std::nullopt,
                         {app::Via::Espota}};
  espota::Target& target = known.target;
  if (arguments.password.empty()) {
    target.credentials.password = take_variable("OTATOOL_PASSWORD");
  } else {
    target.credentials.password = Secret(std::move(arguments.password));
  }
  if (const auto located = locate(known); !located) {
    const bool not_found = located.error().code() == Errc::NotFound;
    complain(messages, (not_found ? "Host Not Found: " : "") + located.error().message());
    return kFailed;
  }
  app::choose_chip(*file, known);
  const app::ReleaseOptions release{.filesystem = arguments.filesystem,
                                    .overridden = arguments.overridden};
  const auto problems = app::problems_of(*file, release, app::family_of(target));
  if (!problems.empty()) {
    complain(messages, fmt::format("{}: {}", path, problems.front().error.message()));
    complain(messages, problem_hint(path, problems));
    return kFailed;
  }
  if (const auto warning = image_warning(path, *file, arguments.filesystem); !warning.empty()) {
    warn(messages, warning);
  }
  EspotaReporter reporter(messages, arguments, file->bytes.size());
  const auto deliveries = espota::deliveries(file->bytes, {&target, 1}, options);
  const auto reports = delivery::deliver_all(deliveries, {}, reporter);
  return reports.front().error ? kFailed : 0;
}

Result<int> run_espota(Invocation& invocation) {
  Messages& messages = invocation.messages();
  Result<EspotaArguments> arguments = parse_espota_arguments(invocation.arguments());
  if (!arguments) {
    messages.raw_error_output(fmt::format("{}\nespota: error: {}\n",
                                          kEspotaHelp.substr(0, kEspotaHelp.find('\n')),
                                          arguments.error().message()));
    return kUsage;
  }
  if (arguments->help) {
    messages.raw_output(kEspotaHelp);
    return 0;
  }
  for (const std::string& warning : arguments->warnings) {
    messages.raw_error_output(fmt::format("[WARNING]: {}\n", warning));
  }
  if (arguments->address.empty() || arguments->file.empty()) {
    complain(messages, "Not enough arguments.");
    return kFailed;
  }
  return upload(invocation, *arguments);
}

std::vector<std::string> secrets_of_espota(std::span<const std::string> words) {
  auto arguments = parse_espota_arguments(words);
  return arguments ? std::vector{std::move(arguments->password)} : std::vector<std::string>();
}

}  // namespace

const Command kEspotaCommand{
    .name = "espota",
    .summary = "upload with the options of espota.py",
    .arguments = "-i ADDRESS -f IMAGE [OPTIONS]",
    .examples = {},
    .options = {},
    .run = run_espota,
    .raw_arguments = true,
    .secrets = secrets_of_espota,
    .min_arguments = 0,
    .max_arguments = kUnlimited,
};

}  // namespace otatool::cli
