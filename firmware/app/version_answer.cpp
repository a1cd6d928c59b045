#include "firmware/app/version_answer.hpp"

#include <string.h>

#include "firmware/app/application.hpp"

namespace otatool::firmware {

bool VersionAnswer::handles(const Endpoint& from, const char* bytes, size_t length) {
  constexpr char kQuestion[] = "version";
  if (link_ == nullptr || length != sizeof(kQuestion) - 1 ||
      memcmp(bytes, kQuestion, length) != 0) {
    return false;
  }
  const char* const state = trial_.running() ? " on trial\n" : " confirmed\n";
  char text[48];
  const size_t written = wire::detail::Writer(text)
                             .text("otatool app ", 12)
                             .number(kApplicationVersion)
                             .text(state, strlen(state))
                             .length();
  link_->send_datagram(from, text, written);
  return true;
}

}  // namespace otatool::firmware
