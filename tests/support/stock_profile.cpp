#include "tests/support/stock_profile.hpp"

namespace otatool::testing {

Profile Profile::esp8266_2_3() {
  Profile profile;
  profile.name = "esp8266-2.3";
  profile.ok_before_begin = true;
  profile.ok_from_callback = true;
  profile.errors_end_loop = false;
  profile.before_restart = Millis(10);
  profile.line_end = "\r\n";
  profile.bad_magic = "Magic byte is wrong, not 0xE9";
  return profile;
}

Profile Profile::esp8266_2_7() {
  Profile profile;
  profile.name = "esp8266-2.7";
  profile.before_verdict = Millis(1'000);
  profile.before_close = Millis(1'000);
  profile.line_end = "\r\n";
  profile.bad_magic = "Magic byte is wrong, not 0xE9";
  profile.md5_error_names_sums = true;
  return profile;
}

Profile Profile::esp8266_3_x() {
  Profile profile = esp8266_2_7();
  profile.name = "esp8266-3.x";
  profile.line_end = "\n";
  profile.bad_magic = "Magic byte is not 0xE9";
  return profile;
}

Profile Profile::esp32_2_x() {
  Profile profile;
  profile.name = "esp32-2.x";
  profile.lineage = Lineage::Esp32;
  profile.udp_port = 3232;
  profile.segment_size = 1440;
  profile.window = 5760;
  profile.ok_before_begin = true;
  profile.before_restart = Millis(110);
  profile.connect_timeout = Millis(3'000);
  profile.line_end = "\r\n";
  profile.bad_magic = "Wrong Magic Byte";
  return profile;
}

Profile Profile::esp32_3_0() {
  Profile profile = esp32_2_x();
  profile.name = "esp32-3.0";
  return profile;
}

Profile Profile::esp32_3_3() {
  Profile profile = esp32_2_x();
  profile.name = "esp32-3.3";
  profile.challenge = ChallengeKind::Sha256;
  profile.response_check = Millis(700);
  return profile;
}

Profile Profile::lower_memory() const {
  Profile profile = *this;
  profile.segment_size = 536;
  profile.window = std::size_t{4} * 536;
  return profile;
}

std::size_t Profile::nonce_length() const {
  return challenge == ChallengeKind::Md5 ? 32 : 64;
}

std::vector<Profile> all_profiles() {
  return {Profile::esp8266_2_3(),
          Profile::esp8266_2_7(),
          Profile::esp8266_3_x(),
          Profile::esp32_2_x(),
          Profile::esp32_3_0(),
          Profile::esp32_3_3()};
}

std::string error_line(const Profile& profile, const UpdaterError& error) {
  std::string line;
  if (profile.lineage == Lineage::Esp8266) {
    line = "ERROR[" + std::to_string(error.number) + "]: ";
  }
  return line + error.text + std::string(profile.line_end);
}

}  // namespace otatool::testing
