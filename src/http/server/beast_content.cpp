#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "otatool/http/content.hpp"

namespace otatool::http {
namespace {

bool write_all(int descriptor, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return false;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

tl::unexpected<Error> no_memory() {
  return fail(Errc::Internal, std::string("cannot keep a file in memory: ") + std::strerror(errno));
}

}  // namespace

Result<std::shared_ptr<const Content>> Content::copy_of(Bytes bytes) {
  const int descriptor = memfd_create("otatool-image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) {
    return no_memory();
  }
  if (!write_all(descriptor, bytes) ||
      fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) !=
          0) {
    const auto failure = no_memory();
    close(descriptor);
    return failure;
  }
  Bytes mapped;
  if (!bytes.empty()) {
    void* const start = mmap(nullptr, bytes.size(), PROT_READ, MAP_SHARED, descriptor, 0);
    if (start == MAP_FAILED) {
      const auto failure = no_memory();
      close(descriptor);
      return failure;
    }
    mapped = Bytes(static_cast<const std::uint8_t*>(start), bytes.size());
  }
  return std::shared_ptr<const Content>(new Content(descriptor, mapped));
}

Content::~Content() {
  if (!bytes_.empty()) {
    munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
  }
  close(descriptor_);
}

}  // namespace otatool::http
