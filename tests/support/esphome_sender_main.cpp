// Uploads a file to one ESPHome device: esphome_sender ADDRESS PORT IMAGE [OPTIONS]. Prints `ok`,
// or the code and the message of the error. For tests and benchmarks of the uploader without the
// command line.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "otatool/delivery/deliver.hpp"
#include "otatool/esphome/upload.hpp"
#include "otatool/gzip/pack.hpp"

namespace {

using namespace otatool;

class Silent final : public delivery::Observer {
 public:
  void on_event(std::size_t /*target*/, const delivery::Event& /*event*/) override {}
  void on_report(std::size_t /*target*/, const delivery::Report& /*report*/) override {}
};

std::string read_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Settings {
  std::set<std::string> flags;
  std::map<std::string, std::string> values;
};

Settings read_settings(int count, char** words) {
  const std::set<std::string> flags = {"--lockstep", "--require-sha256"};
  Settings settings;
  for (int i = 4; i < count; ++i) {
    if (flags.contains(words[i])) {
      settings.flags.insert(words[i]);
    } else if (i + 1 < count) {
      settings.values[words[i]] = words[i + 1];
      ++i;
    }
  }
  return settings;
}

void set_time(const Settings& settings, const char* option, esphome::Millis& time) {
  if (const auto found = settings.values.find(option); found != settings.values.end()) {
    time = esphome::Millis(static_cast<int>(std::stod(found->second) * 1'000));
  }
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) {
    return 2;
  }
  const Settings settings = read_settings(count, words);
  const std::string image = read_file(words[3]);
  esphome::Target target{
      .name = words[1], .host = words[1], .port = static_cast<std::uint16_t>(std::atoi(words[2]))};
  if (const auto password = settings.values.find("--password"); password != settings.values.end()) {
    target.password = Secret(password->second);
  }
  if (const auto key = settings.values.find("--key"); key != settings.values.end()) {
    target.key = esphome::EncryptionKey::parse(key->second).value();
  }
  esphome::Options options;
  options.lockstep = settings.flags.contains("--lockstep");
  options.require_sha256 = settings.flags.contains("--require-sha256");
  set_time(settings, "--handshake", options.timing.handshake);
  set_time(settings, "--data", options.timing.data);
  delivery::PoolOptions pool;
  const auto retries = settings.values.find("--retries");
  pool.retries =
      retries == settings.values.end() ? 0 : static_cast<unsigned>(std::stoi(retries->second));
  const esphome::Image payload{.bytes = as_bytes(image),
                               .pack = [](Bytes bytes) { return gzip::pack(bytes); }};
  Silent silent;
  const auto reports =
      delivery::deliver_all(esphome::deliveries(payload, {&target, 1}, options), pool, silent);
  const auto& error = reports.front().error;
  std::printf(
      "%s\n",
      error ? (std::string(to_string(error->code())) + ' ' + error->message()).c_str() : "ok");
  return error ? 1 : 0;
}
