// stock_device PROFILE [WORD...]: a stock receiver on loopback sockets for end-to-end tests. The
// first line of stdout is `udp PORT`, the last one says how the device ended. It ends after a
// restart into the image, on SIGTERM or SIGINT, and after `for=MS` of model time; with `once` also
// after a failed update. More words: address=LITERAL, scale=FACTOR (0.1: ten times as fast),
// out=FILE for the received bytes.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/stock_digest.hpp"
#include "tests/support/stock_sockets.hpp"
#include "tests/support/stock_words.hpp"

namespace {

using otatool::testing::DeviceState;
using otatool::testing::SocketSetup;
using otatool::testing::StockDevice;
using otatool::testing::StockSockets;

volatile std::sig_atomic_t stopped = 0;

void on_signal(int) {
  stopped = 1;
}

struct Options {
  SocketSetup sockets;
  bool once = false;
  std::string out;
  std::optional<std::chrono::milliseconds> life;
};

/// Takes a word that configures the program and not the device; false for any other word.
bool take_word(Options& options, std::string_view word) {
  const auto value_of = [&](std::string_view name) -> std::optional<std::string> {
    return word.starts_with(name) ? std::optional(std::string(word.substr(name.size())))
                                  : std::nullopt;
  };
  if (word == "once") {
    options.once = true;
  } else if (const auto address = value_of("address=")) {
    options.sockets.address = *address;
  } else if (const auto out = value_of("out=")) {
    options.out = *out;
  } else if (const auto scale = value_of("scale=")) {
    options.sockets.time_scale = std::strtod(scale->c_str(), nullptr);
  } else if (const auto life = value_of("for=")) {
    options.life = std::chrono::milliseconds(std::strtol(life->c_str(), nullptr, 10));
  } else {
    return false;
  }
  return true;
}

/// Whether an update has started and failed.
class UpdateWatch {
 public:
  bool has_failed(const StockDevice& device) {
    begun_ = begun_ || device.state() == DeviceState::RunUpdate;
    return begun_ && device.state() == DeviceState::Idle;
  }

 private:
  bool begun_ = false;
};

int play(Options options) {
  const double scale = options.sockets.time_scale;
  const auto sockets = StockSockets::open(std::move(options.sockets));
  if (!sockets) {
    std::cerr << "stock_device: " << sockets.error().message() << '\n';
    return 1;
  }
  std::cout << "udp " << (*sockets)->udp_port() << std::endl;
  const auto started = std::chrono::steady_clock::now();
  UpdateWatch watch;
  (*sockets)->run([&](const StockDevice& device) {
    const bool failed = watch.has_failed(device);
    const std::chrono::duration<double> age = std::chrono::steady_clock::now() - started;
    const bool old = options.life && age > *options.life * scale;
    return stopped != 0 || old || (options.once && failed);
  });

  const StockDevice& device = (*sockets)->device();
  const std::string image = device.transfer() != nullptr ? device.transfer()->image : "";
  const auto& record = device.record();
  if (!options.out.empty()) {
    std::ofstream(options.out, std::ios::binary) << image;
  }
  std::cout << "state=" << to_string(device.state()) << " bytes=" << image.size()
            << " md5=" << otatool::testing::md5_text(image) << " invitations=" << record.invitations
            << " responses=" << record.responses << " refusals=" << record.refusals
            << " connections=" << record.connections << " junk=" << record.junk << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  std::vector<std::string_view> words;
  for (int i = 1; i < argc; ++i) {
    if (!take_word(options, argv[i])) {
      words.emplace_back(argv[i]);
    }
  }
  auto setup = otatool::testing::device_from_words(words);
  if (!setup || !(options.sockets.time_scale > 0)) {
    std::cerr << "stock_device: " << (setup ? "scale is above 0" : setup.error().message())
              << "\nusage: stock_device PROFILE [WORD...]\n"
              << otatool::testing::known_words();
    return 2;
  }
  options.sockets.device = std::move(*setup);
  std::signal(SIGTERM, on_signal);
  std::signal(SIGINT, on_signal);
  return play(std::move(options));
}
