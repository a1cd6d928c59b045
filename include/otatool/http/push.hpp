// The transport by web forms: its targets, settings and deliveries.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/delivery/deliver.hpp"
#include "otatool/delivery/local_end.hpp"
#include "otatool/error.hpp"
#include "otatool/http/authorization.hpp"
#include "otatool/http/family.hpp"
#include "otatool/http/form.hpp"
#include "otatool/http/tls_settings.hpp"
#include "otatool/http/url.hpp"
#include "otatool/result.hpp"

namespace otatool::http {

struct PushTarget {
  std::string name;  ///< as given by the user, without a password; used in every report
  /// With the path `/` the paths of the device's family are used.
  Url url;
  std::optional<Login>
      login;  ///< used when the device asks, or at once with PushOptions::auth Basic
  /// Addresses to connect to, in this order; empty: resolve the host of `url`.
  std::vector<std::string> addresses = {};
  /// What the device runs, instead of PushOptions::via.
  std::optional<Family> via = std::nullopt;
  /// Never send the password in plain text (Basic): a stranger may pretend to be this device.
  bool digest_only = false;
  /// A search chose this target: skip it if it has another chip than the image.
  bool chosen = false;
};

struct PushTiming {
  std::chrono::milliseconds response{30'000};  ///< for a connection, and for the form's page
  std::chrono::milliseconds look_up{10'000};   ///< for each look-up that recognises the device
  std::chrono::milliseconds stall{60'000};     ///< without a byte in either direction
};

struct PushOptions {
  bool filesystem = false;
  std::string field = {};            ///< of the file part; empty: that of the family
  std::vector<TextPart> parts = {};  ///< further parts of the form
  std::string file_name = "firmware.bin";
  /// The family of all devices; Unknown: treat them like stock servers. Nothing: ask each device.
  std::optional<Family> via;
  bool skip_validation = false;  ///< see FormOrder
  /// Of the image; Unknown: it does not state it, or fits every chip.
  ChipFamily image_chip = ChipFamily::Unknown;
  /// What speaks against the image for this device; nothing is sent after an error.
  std::function<std::optional<Error>(const DeviceIdentity&)> check;
  /// Basic: send the login unasked. Digest: respond to Digest challenges only. Nothing: respond to
  /// the strongest challenge.
  std::optional<AuthScheme> auth;
  TlsClientSettings tls;
  PushTiming timing;
  delivery::LocalEnd local = {};
};

/// One delivery for each target. `image` must outlive them. KeyUnusable if the certificates of
/// `options.tls` are unusable.
[[nodiscard]] Result<delivery::Deliveries> deliveries(Bytes image,
                                                      std::span<const PushTarget> targets,
                                                      const PushOptions& options);

/// One delivery for each target, which makes the device fetch the image at `image_url` and waits
/// until it runs another version. KeyUnusable as above.
[[nodiscard]] Result<delivery::Deliveries> fetch_deliveries(const std::string& image_url,
                                                            std::span<const PushTarget> targets,
                                                            const PushOptions& options);

}  // namespace otatool::http
