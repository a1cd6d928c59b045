// The texts that the receiver sends, and the line with which a host resumes.
#include "otatool/wire/resume.hpp"

#include "firmware/core/digest/hex.hpp"
#include "firmware/core/receiver.hpp"

namespace otatool::firmware {

void Receiver::send_text(const char* text, size_t length, const Endpoint& to) {
  ports_.link.send_datagram(to, text, length);
}

void Receiver::refuse(UpdateError error, const Endpoint& to) {
  char text[sizeof(wire::kBeginErrorPrefix) + kMaxErrorLength];
  size_t length = wire::detail::Writer(text)
                      .text(wire::kBeginErrorPrefix, sizeof(wire::kBeginErrorPrefix) - 1)
                      .character(' ')
                      .length();
  length += report(error, ports_.updater.mismatch(), text + length);
  send_text(text, length, to);
}

// A stock host does not read what follows OK. A host that resumes gets both before the connection.
void Receiver::send_ok(const Endpoint& to) {
  send_text(wire::kOk, 2, to);
  if (offered_) {
    uint8_t digest[Md5::kDigestLength];
    ports_.updater.digest_so_far(digest);
    wire::Kept kept{ports_.updater.received(), {}};
    to_hex(digest, sizeof(digest), kept.md5);
    char text[wire::kMaxKeptLength];
    send_text(text, wire::format_kept(kept, text), to);
  }
}

void Receiver::send_acks() {
  if (unacked_ == 0) {
    return;
  }
  char text[10];
  const size_t length = wire::detail::Writer(text).number(unacked_).length();
  if (ports_.link.send(text, length)) {
    unacked_ = 0;
  }
}

// Skips the line with which a host resumes. Without one the host sends the whole image. False for a
// line with another number. No kept image begins like the line.
bool Receiver::read_resume_line(const uint8_t*& bytes, size_t& length) {
  char line[wire::kMaxResumeLength];
  const size_t expected = wire::format_resume(ports_.updater.received(), line);
  while (offered_ && length != 0) {
    if (*bytes != static_cast<uint8_t>(line[line_read_])) {
      offered_ = false;
      ports_.updater.start_over();
      return line_read_ == 0;
    }
    ++bytes;
    --length;
    offered_ = ++line_read_ != expected;
  }
  return true;
}

}  // namespace otatool::firmware
