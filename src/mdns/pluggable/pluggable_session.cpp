#include "mdns/pluggable/pluggable_session.hpp"

#include <algorithm>

#include "otatool/ascii.hpp"
#include "otatool/number.hpp"

namespace otatool::mdns {
namespace {

using nlohmann::json;

constexpr std::string_view kLocalDomain = ".local";

/// The version in `1 "arduino-cli 1.4.1"`.
std::optional<unsigned> requested_version(std::string_view arguments) {
  const std::string_view number = arguments.substr(0, arguments.find(' '));
  const std::string_view rest = arguments.substr(number.size());
  const bool quoted = rest.size() > 3 && rest.starts_with(" \"") && rest.ends_with('"') &&
                      rest.substr(2, rest.size() - 3).find('"') == std::string_view::npos;
  return quoted ? parse_number<unsigned>(number) : std::nullopt;
}

json removal_of(const json& port) {
  return {{"eventType", "remove"},
          {"port", {{"address", port.at("address")}, {"protocol", port.at("protocol")}}}};
}

json properties_of(const mdns::Device& device) {
  // The defaults of missing keys (discovery.md 1.1). The command of a recipe would contain the name
  // of a missing property instead of a value.
  json properties = {{"tcp_check", "yes"}, {"ssh_upload", "yes"}, {"auth_upload", "no"}};
  for (const mdns::TxtPair& pair : device.txt) {
    properties[pair.key] = pair.value;
  }
  properties["hostname"] = device.host + ".";
  properties["port"] = std::to_string(device.port);
  if (!device.board.empty()) {
    properties["board"] = device.board;
    properties["."] = device.board;
  }
  return properties;
}

}  // namespace

json pluggable_port(const mdns::Device& device) {
  const std::string address = best_address(device);
  if (address.empty()) {
    return nullptr;
  }
  const bool local = device.host.ends_with(kLocalDomain);
  const std::string host =
      device.host.substr(0, device.host.size() - (local ? kLocalDomain.size() : 0));
  json port = {{"address", address},
               {"label", host + " at " + address},
               {"protocol", "network"},
               {"protocolLabel", "Network Port"},
               {"properties", properties_of(device)}};
  if (!device.mac.empty()) {
    port["hardwareId"] = device.mac;
  }
  return port;
}

void PluggableSession::take_line(std::string_view line, Millis now) {
  const std::string_view text = trimmed(line);
  if (text.empty()) {
    return;
  }
  const std::size_t blank = text.find_first_of(" \t");
  const std::string command = upper_case(text.substr(0, blank));
  const std::string_view arguments =
      blank == std::string_view::npos ? "" : trimmed(text.substr(blank));
  if (command == "QUIT") {
    stop();
    reply("quit");
    quit_ = true;
  } else if (command == "HELLO") {
    hello(arguments);
  } else if (!greeted_) {
    refuse("command_error", "First command must be HELLO, but got '" + command + "'");
  } else if (command == "START") {
    start(State::Started, "start", now);
  } else if (command == "START_SYNC") {
    start(State::Syncing, "start_sync", now);
  } else if (command == "LIST") {
    list();
  } else if (command == "STOP") {
    if (state_ == State::Idle) {
      refuse("stop", "Discovery is not started");
    } else {
      stop();
      reply("stop");
    }
  } else {
    refuse("command_error", "Command " + command + " not supported");
  }
}

void PluggableSession::hello(std::string_view arguments) {
  if (greeted_) {
    refuse("hello", "HELLO already called");
    return;
  }
  const auto version = requested_version(arguments);
  if (!version || *version == 0) {
    refuse("hello", "Invalid HELLO command");
    return;
  }
  greeted_ = true;
  output_.push_back({{"eventType", "hello"}, {"protocolVersion", 1}, {"message", "OK"}});
}

void PluggableSession::start(State wanted, const std::string& event, Millis now) {
  if (state_ != State::Idle) {
    refuse(
        event,
        state_ == State::Started ? "Discovery already STARTed" : "Discovery already START_SYNCed");
    return;
  }
  if (const auto started = search_.start(); !started) {
    refuse(event, "Cannot start: " + started.error().message());
    return;
  }
  state_ = wanted;
  started_ = now;
  first_sent_ = false;
  repeated_ = false;
  reply(event);
}

void PluggableSession::list() {
  if (state_ != State::Started) {
    refuse("list",
           state_ == State::Idle ? "Discovery not STARTed"
                                 : "Discovery already START_SYNCed, LIST not allowed");
    return;
  }
  std::map<std::string, json> by_address;
  for (const auto& [device, port] : ports_) {
    by_address[port.at("address")] = port;
  }
  json ports = json::array();
  for (auto& [address, port] : by_address) {
    ports.push_back(std::move(port));
  }
  output_.push_back({{"eventType", "list"}, {"ports", std::move(ports)}});
}

void PluggableSession::stop() {
  if (state_ != State::Idle) {
    search_.stop();
    state_ = State::Idle;
    ports_.clear();
  }
}

void PluggableSession::take_device(const mdns::Device& device, Millis now) {
  if (state_ == State::Idle) {
    return;
  }
  json port = pluggable_port(device);
  if (port.is_null()) {
    return;
  }
  json& known = ports_[device.id];
  const json before = std::exchange(known, std::move(port));
  if (before == known || !sends_now(now)) {
    return;
  }
  if (!before.is_null() && before.at("address") != known.at("address")) {
    send_removal(before);
  }
  send_port(known);
}

void PluggableSession::lose_device(const mdns::Device& device, Millis now) {
  const auto found = ports_.find(device.id);
  if (found == ports_.end()) {
    return;
  }
  const json port = std::move(found->second);
  ports_.erase(found);
  if (sends_now(now)) {
    send_removal(port);
  }
}

/// The client identifies a port by its address, where there may still be another device.
void PluggableSession::send_removal(const json& port) {
  const auto same = std::ranges::find_if(ports_, [&port](const auto& each) {
    return each.second.at("address") == port.at("address");
  });
  if (same == ports_.end()) {
    output_.push_back(removal_of(port));
  } else {
    send_port(same->second);
  }
}

void PluggableSession::fail_search(const Error& error) {
  if (state_ != State::Idle) {
    refuse(state_ == State::Syncing ? "start_sync" : "start", error.message());
    search_.stop();
  }
}

void PluggableSession::pass_time(Millis now) {
  if (state_ != State::Syncing) {
    return;
  }
  const bool first = !first_sent_ && now >= started_ + kFirstPorts;
  const bool repeat = !repeated_ && now >= started_ + kRepeatPorts;
  first_sent_ = first_sent_ || first;
  repeated_ = repeated_ || repeat;
  if (first || repeat) {
    for (const auto& [device, port] : ports_) {
      send_port(port);
    }
  }
}

std::optional<PluggableSession::Millis> PluggableSession::next_deadline() const {
  if (state_ != State::Syncing || repeated_) {
    return std::nullopt;
  }
  return started_ + (first_sent_ ? kRepeatPorts : kFirstPorts);
}

bool PluggableSession::sends_now(Millis now) const {
  return state_ == State::Syncing && first_sent_ && now >= started_ + kFirstPorts;
}

void PluggableSession::send_port(const json& port) {
  output_.push_back({{"eventType", "add"}, {"port", port}});
}

void PluggableSession::reply(const std::string& event) {
  output_.push_back({{"eventType", event}, {"message", "OK"}});
}

void PluggableSession::refuse(const std::string& event, const std::string& message) {
  output_.push_back({{"eventType", event}, {"error", true}, {"message", message}});
}

std::vector<json> PluggableSession::take_output() {
  return std::exchange(output_, {});
}

}  // namespace otatool::mdns
