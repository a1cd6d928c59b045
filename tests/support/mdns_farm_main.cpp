// mdns_farm [OPTION=VALUE]...: simulated devices that answer multicast DNS, by default at 127.1.x.y
// on loopback. Prints `ready`, then carries out the lines of stdin until its end:
//   goodbye N    device N sends a goodbye            vanish N    device N stops without one
//   noise N      sends N packets of random bytes      shout N     device N announces itself
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <unistd.h>

#include "tests/support/mdns_farm.hpp"

namespace otatool::test {
namespace {

class Settings {
 public:
  Settings(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string word = argv[i];
      const std::size_t equals = word.find('=');
      values_[word.substr(0, equals)] = equals == std::string::npos ? "1" : word.substr(equals + 1);
    }
  }
  [[nodiscard]] std::string text(const std::string& key, const std::string& otherwise) const {
    const auto found = values_.find(key);
    return found == values_.end() ? otherwise : found->second;
  }
  [[nodiscard]] unsigned number(const std::string& key, unsigned otherwise) const {
    return static_cast<unsigned>(std::stoul(text(key, std::to_string(otherwise))));
  }
  [[nodiscard]] bool has(const std::string& key) const { return values_.contains(key); }

 private:
  std::map<std::string, std::string> values_;
};

/// Device `number`. With kind=mixed, odd numbers are ESP32s.
ResponderProfile profile_of(const Settings& settings, unsigned number) {
  const unsigned seed = settings.number("seed", 0);
  const auto net = static_cast<std::uint8_t>(settings.number("net", 1));
  const unsigned host = number + 1 + settings.number("offset", 0);
  mdns::Ipv4 address{
      {127, net, static_cast<std::uint8_t>(host / 250), static_cast<std::uint8_t>(host % 250 + 1)}};
  if (settings.has("subnet")) {
    std::istringstream text(settings.text("subnet", ""));
    unsigned byte = 0;
    for (std::size_t i = 0; i < 3 && text >> byte; ++i) {
      address.bytes.at(i) = static_cast<std::uint8_t>(byte);
      text.ignore(1);
    }
    address.bytes[3] = static_cast<std::uint8_t>(host + 1);
  }
  const std::string kind = settings.text("kind", "mixed");
  const bool esp32 = kind == "esp32" || (kind == "mixed" && number % 2 == 1);
  const unsigned id = seed * 1'000 + number;
  ResponderProfile profile = esp32 ? esp32_profile(id, address) : esp8266_profile(id, address);
  profile.name = settings.text("name", profile.name);
  profile.host = settings.text("host", profile.host);
  profile.type = settings.text("type", profile.type);
  profile.port = static_cast<std::uint16_t>(settings.number("service-port", profile.port));
  profile.query_loss = settings.number("loss", 0) / 100.0;
  if (settings.has("latency")) {
    profile.earliest = profile.latest = mdns::Millis(settings.number("latency", 0));
  }
  profile.one_second_rule = settings.has("one-second");
  profile.pointer_only = settings.has("pointer-only");
  if (settings.has("txt")) {
    profile.txt.clear();
    std::istringstream pairs(settings.text("txt", ""));
    for (std::string pair; std::getline(pairs, pair, ';');) {
      profile.txt.push_back(pair);
    }
  }
  if (settings.has("ipv6")) {
    profile.addresses6 = {
        {{0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, static_cast<std::uint8_t>(host)}}};
    profile.addresses.clear();
  }
  return profile;
}

void make_noise(MdnsFarm& farm, unsigned count) {
  std::mt19937 random(count);
  for (unsigned i = 0; i < count; ++i) {
    std::vector<std::uint8_t> packet(std::uniform_int_distribution<std::size_t>(1, 300)(random));
    for (std::uint8_t& byte : packet) {
      byte = static_cast<std::uint8_t>(random());
    }
    if (packet.size() > 2) {
      packet[2] |= 0x84;  // the flags of a response
    }
    farm.send(0, packet);
  }
}

void obey(MdnsFarm& farm, const std::string& line, const Settings& settings) {
  std::istringstream words(line);
  std::string verb;
  unsigned number = 0;
  words >> verb >> number;
  if (verb == "goodbye" || verb == "vanish") {
    farm.remove(number, verb == "goodbye");
  } else if (verb == "noise") {
    make_noise(farm, number);
  } else if (verb == "shout") {
    farm.send(number, MdnsResponder(profile_of(settings, number), 1).announcement());
  }
  std::puts("done");
  std::fflush(stdout);
}

int serve(const Settings& settings) {
  const auto port = static_cast<std::uint16_t>(settings.number("port", 5353));
  MdnsFarm farm(settings.text("interface", "lo"), port);
  for (unsigned i = 0; i < settings.number("count", 1); ++i) {
    if (const auto added = farm.add(profile_of(settings, i), settings.has("ipv6")); !added) {
      std::fprintf(stderr, "mdns_farm: %s\n", added.error().message().c_str());
      return 1;
    }
  }
  std::puts("ready");
  std::fflush(stdout);
  std::string pending;
  for (;;) {
    farm.serve(std::chrono::hours(1), STDIN_FILENO);
    char c = 0;
    if (read(STDIN_FILENO, &c, 1) != 1) {
      return 0;
    }
    if (c != '\n') {
      pending.push_back(c);
    } else {
      obey(farm, std::exchange(pending, {}), settings);
    }
  }
}

}  // namespace
}  // namespace otatool::test

int main(int argc, char** argv) {
  return otatool::test::serve(otatool::test::Settings(argc, argv));
}
