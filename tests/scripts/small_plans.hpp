// Plans for session scripts: an image of three chunks for an ESP8266, with and without password.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "tests/scripts/session_script.hpp"
#include "tests/scripts/stock_scenario.hpp"

namespace otatool::testing {

inline constexpr std::string_view kNonce = "0123456789abcdef0123456789abcdef";
/// The stored form of kPassword on a device.
inline constexpr std::string_view kMd5Form = "34f3019046f1d1793091b080627a8dbb";

inline std::string challenge(std::string_view nonce) {
  return "AUTH " + std::string(nonce);
}

inline espota::Plan small_plan() {
  return plan_for(image_of(4'000), Profile::esp8266_3_x());
}
inline espota::Plan plan_with_password() {
  espota::Plan plan = small_plan();
  plan.credentials.password = Secret(std::string(kPassword));
  return plan;
}
inline SessionScript script(espota::Plan plan = small_plan()) {
  return SessionScript(std::move(plan));
}

}  // namespace otatool::testing
