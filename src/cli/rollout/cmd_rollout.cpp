#include <algorithm>
#include <array>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <pwd.h>
#include <string>
#include <unistd.h>
#include <vector>

#include "otatool/fleet/rollout_action.hpp"
#include "otatool/store/shared_store.hpp"
#include "otatool/unix_time.hpp"

#include "cli/frame/command_table.hpp"
#include "cli/frame/invocation.hpp"
#include "cli/frame/option_reader.hpp"
#include "cli/io/exit_codes.hpp"
#include "cli/io/messages.hpp"
#include "cli/io/text_layout.hpp"

namespace otatool::cli {
namespace {

using fleet::Rollout;

constexpr std::array kRolloutExamples = {
    Example{"otatool rollout list --store sqlite:fleet.sqlite3", "all rollouts of the manifest"},
    Example{"otatool rollout show sketch.bin --store sqlite:fleet.sqlite3",
            "one rollout, with its failed devices"},
    Example{"otatool rollout pause sketch.bin --store sqlite:fleet.sqlite3",
            "give the version to no further device"},
};

constexpr std::array kRolloutOptions = {
    Option{.name = "store",
           .value = "URI",
           .help = "the store of the server: sqlite:FILE, or a postgresql:// URI"},
};

constexpr std::array<std::string_view, 6> kActions = {
    "list", "show", "pause", "resume", "advance", "retry"};
/// A server that writes its own progress at the same moment makes a change fail.
constexpr int kMostTries = 10;
constexpr std::size_t kMostFailed = 100;
constexpr std::size_t kMostEvents = 20;

/// A rollout with its counts.
struct Counted {
  Rollout rollout;
  fleet::Tally tally;
};

std::string user_name() {
  const passwd* const user = getpwuid(geteuid());
  return user != nullptr ? std::string(user->pw_name) : std::to_string(geteuid());
}

std::string time_text(std::int64_t seconds) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}Z", utc_time(seconds));
}

nlohmann::json json_of(const Counted& counted) {
  const Rollout& rollout = counted.rollout;
  return {{"rule", rollout.rule},
          {"version", rollout.version},
          {"phase", to_string(rollout.phase)},
          {"percent", rollout.percent},
          {"offered", counted.tally.offered},
          {"confirmed", counted.tally.confirmed},
          {"failed", counted.tally.failed},
          {"waiting", counted.tally.waiting},
          {"reason", rollout.reason},
          {"stages", rollout.plan.stages},
          {"changed", rollout.changed}};
}

Result<Counted> counted(store::Store& store, Rollout rollout) {
  TRY(const fleet::Tally tally, store.tally(rollout));
  return Counted{.rollout = std::move(rollout), .tally = tally};
}

Result<std::vector<Rollout>> active_rollouts(store::Store& store) {
  TRY(auto rollouts, store.rollouts());
  std::erase_if(rollouts, [](const Rollout& rollout) { return !rollout.active; });
  return rollouts;
}

/// The rollout that `name` names; without a name the only one. NotFound, Usage.
Result<Rollout> find_rollout(store::Store& store, const std::optional<std::string>& name) {
  TRY(const auto rollouts, active_rollouts(store));
  std::vector<Rollout> found;
  for (const Rollout& rollout : rollouts) {
    if (!name || rollout.rule == *name || rollout.version == *name) {
      found.push_back(rollout);
    }
  }
  if (found.empty()) {
    return fail(Errc::NotFound,
                name ? fmt::format("no rollout '{}'", *name) : "the store has no rollout");
  }
  if (found.size() > 1) {
    std::vector<std::string> names;
    names.reserve(found.size());
    for (const Rollout& rollout : found) {
      names.push_back(rollout.rule);
    }
    return fail(Errc::Usage,
                fmt::format("which rollout? There are '{}'", fmt::join(names, "', '")));
  }
  return found.front();
}

void print_table(Messages& messages, const std::vector<Counted>& rollouts) {
  Table table({{.heading = "ROLLOUT"},
               {.heading = "VERSION"},
               {.heading = "PHASE"},
               {.heading = "STAGE", .numeric = true},
               {.heading = "OFFERED", .numeric = true},
               {.heading = "CONFIRMED", .numeric = true},
               {.heading = "FAILED", .numeric = true},
               {.heading = "WAITING", .numeric = true}});
  for (const auto& [rollout, tally] : rollouts) {
    table.add({rollout.rule,
               rollout.version,
               std::string(to_string(rollout.phase)),
               fmt::format("{} %", rollout.percent),
               std::to_string(tally.offered),
               std::to_string(tally.confirmed),
               std::to_string(tally.failed),
               std::to_string(tally.waiting)});
  }
  for (const std::string& line : table.lines(messages.result_width())) {
    messages.result(line);
  }
}

void report(Messages& messages, const std::vector<Counted>& rollouts) {
  nlohmann::json list = nlohmann::json::array();
  for (const Counted& each : rollouts) {
    list.push_back(json_of(each));
  }
  if (rollouts.empty()) {
    messages.result("no rollouts");
  } else {
    print_table(messages, rollouts);
  }
  messages.json_document({{"schema", 1}, {"rollouts", std::move(list)}});
}

Result<int> list(Messages& messages, store::Store& store) {
  TRY(const auto rollouts, active_rollouts(store));
  std::vector<Counted> all;
  for (const Rollout& rollout : rollouts) {
    TRY(auto each, counted(store, rollout));
    all.push_back(std::move(each));
  }
  report(messages, all);
  return kSuccess;
}

/// The details of a rollout: plan, failed devices, events.
void print_details(Messages& messages,
                   const Rollout& rollout,
                   const std::vector<std::string>& devices,
                   const std::vector<fleet::History>& events) {
  messages.result(
      fmt::format("stages: {} %; each at least {} s, {} % confirmed; halts at {} % failed",
                  fmt::join(rollout.plan.stages, ", "),
                  rollout.plan.stage_time,
                  rollout.plan.stage_confirmed,
                  rollout.plan.halt_failures_permille / 10.0));
  messages.result(fmt::format("{} since {}{}",
                              to_string(rollout.phase),
                              time_text(rollout.changed),
                              rollout.reason.empty() ? "" : ": " + rollout.reason));
  if (!devices.empty()) {
    messages.result(fmt::format("failed: {}", fmt::join(devices, ", ")));
  }
  for (const fleet::History& event : events) {
    messages.result(fmt::format("{}  {}{}{}",
                                time_text(event.time),
                                event.kind,
                                event.user.empty() ? "" : " by " + event.user,
                                event.reason.empty() ? "" : ": " + event.reason));
  }
}

Result<int> show(Messages& messages, store::Store& store, const std::optional<std::string>& name) {
  TRY(const Rollout rollout, find_rollout(store, name));
  TRY(const Counted one, counted(store, rollout));
  TRY(const auto macs, store.failed(rollout, kMostFailed));
  TRY(const auto events, store.history_of(rollout.rule, kMostEvents));
  std::vector<std::string> devices;
  for (const fleet::Mac mac : macs) {
    devices.push_back(to_string(mac));
  }
  nlohmann::json event_list = nlohmann::json::array();
  for (const fleet::History& event : events) {
    event_list.push_back({{"time", event.time},
                          {"kind", event.kind},
                          {"from", event.from},
                          {"to", event.to},
                          {"reason", event.reason},
                          {"user", event.user}});
  }
  if (!messages.json()) {
    print_table(messages, {one});
    print_details(messages, rollout, devices, events);
  }
  nlohmann::json object = json_of(one);
  object["failed_devices"] = devices;
  object["events"] = std::move(event_list);
  messages.json_document({{"schema", 1}, {"rollouts", {std::move(object)}}});
  return kSuccess;
}

Result<int> change(Messages& messages,
                   store::Store& store,
                   fleet::Action action,
                   const std::optional<std::string>& name) {
  for (int i = 0; i < kMostTries; ++i) {
    TRY(Rollout rollout, find_rollout(store, name));
    TRY(Counted one, counted(store, std::move(rollout)));
    TRY(const std::int64_t time, store::time_of(store));
    TRY(const auto event, fleet::perform(action, one.rollout, one.tally, time, user_name()));
    if (!event) {
      report(messages, {one});
      return kSuccess;
    }
    TRY(const bool written, store.change(one.rollout, *event));
    if (written) {
      report(messages, {one});
      return kSuccess;
    }
  }
  return fail(Errc::StoreFailed, "the rollout keeps changing: try again");
}

Result<int> run_rollout(Invocation& invocation) {
  const auto arguments = invocation.arguments();
  const std::string& action = arguments.front();
  if (std::ranges::find(kActions, action) == kActions.end()) {
    return fail(
        Errc::Usage,
        fmt::format("unknown action '{}': it is one of {}", action, fmt::join(kActions, ", ")));
  }
  if (action == "list" && arguments.size() > 1) {
    return fail(Errc::Usage, "'list' takes no name");
  }
  OptionReader read(invocation);
  const auto address = read.parsed("store", store::parse_store_address, store::StoreAddress());
  TRY_VOID(read.finish());
  if (address.kind == store::StoreAddress::Kind::None) {
    return fail(Errc::Usage,
                "--store names no store: 'otatool serve' says at its start which it uses");
  }
  TRY(const auto store, store::open_store(address, store::Access::Manage));
  const auto name = arguments.size() > 1 ? std::optional(arguments[1]) : std::nullopt;
  Messages& messages = invocation.messages();
  if (action == "list") {
    return list(messages, *store);
  }
  const auto changing = fleet::parse_action(action);
  return changing ? change(messages, *store, *changing, name) : show(messages, *store, name);
}

}  // namespace

const Command kRolloutCommand = {
    .name = "rollout",
    .summary = "show and steer the rollouts of a server",
    .arguments = "list|show|pause|resume|advance|retry [NAME]",
    .examples = kRolloutExamples,
    .options = kRolloutOptions,
    .run = run_rollout,
    .min_arguments = 1,
    .max_arguments = 2,
};

}  // namespace otatool::cli
