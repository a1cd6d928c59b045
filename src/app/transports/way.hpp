// The way in which a device takes its update.
#pragma once

#include <optional>

#include "otatool/esphome/encryption_key.hpp"
#include "otatool/http/family.hpp"
#include "otatool/http/url.hpp"

namespace otatool::app {

/// The transport of an upload. Undecided until discovery, a look-up or the default decides.
enum class Via { Undecided, Espota, Esphome, Form };

struct Way {
  Via via = Via::Undecided;
  /// The device chose the way, by its announcement or its answers, which anybody can fake.
  bool announced = false;
  /// Of a web form; nothing: the host and port of the target, and the usual path.
  std::optional<http::Url> url = std::nullopt;
  /// What the device runs, as the user says; Unknown: a web form of no known family.
  std::optional<http::Family> family = std::nullopt;
  /// Of an ESPHome device; with a key it takes only encrypted updates.
  std::optional<esphome::EncryptionKey> key = std::nullopt;
};

}  // namespace otatool::app
