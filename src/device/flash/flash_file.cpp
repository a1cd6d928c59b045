#include "device/flash/flash_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "otatool/device/virtual_device.hpp"

namespace otatool::device {
namespace {

tl::unexpected<Error> file_error(const std::string& path, const std::string& what, int number) {
  return fail(
      Errc::FileUnreadable,
      "cannot " + what + " flash file '" + path + "': " + std::system_category().message(number));
}

/// Repeats `call` (pread or pwrite) until all bytes are transferred or it fails.
template <typename Call, typename Byte>
bool transfer_all(Call call, int descriptor, std::span<Byte> bytes, std::uint32_t offset) {
  while (!bytes.empty()) {
    const ssize_t count = call(descriptor, bytes.data(), bytes.size(), offset);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return false;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint32_t>(count);
  }
  return true;
}

/// 0, or the error number.
int fill_erased(FlashFile& file) {
  const std::vector<std::uint8_t> erased(std::size_t{64} * 1024, 0xFF);
  for (std::uint32_t at = 0; at < file.size();) {
    const std::uint32_t left = file.size() - at;
    const std::size_t count = std::min<std::size_t>(left, erased.size());
    if (!file.write(at, std::span(erased).first(count))) {
      return errno;
    }
    at += static_cast<std::uint32_t>(count);
  }
  return 0;
}

Result<std::unique_ptr<FlashFile>> create(const std::string& path, std::uint32_t size) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (descriptor < 0) {
    return file_error(path, "create", errno);
  }
  auto file = std::make_unique<FlashFile>(descriptor, size == 0 ? kDefaultFlashSize : size);
  int error = flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
  if (error == 0) {
    error = fill_erased(*file);
  }
  if (error != 0) {
    unlink(path.c_str());
    const auto failed = file_error(path, "create", error);
    // The general hint of this code names the free space.
    return error == ENOSPC || error == EDQUOT ? fail(Errc::OutputFailed, failed.value().message())
                                              : failed;
  }
  return file;
}

}  // namespace

Result<std::unique_ptr<FlashFile>> FlashFile::open(const std::string& path, std::uint32_t size) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) {
    return errno == ENOENT ? create(path, size) : file_error(path, "open", errno);
  }
  auto file = std::make_unique<FlashFile>(descriptor, 0U);
  struct stat status {};
  if (fstat(descriptor, &status) != 0) {
    return file_error(path, "open", errno);
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(Errc::Usage,
                "flash file '" + path +
                    "' is not a regular file; a path that does not exist gets a new flash");
  }
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK
               ? fail(Errc::FileUnreadable, "another device uses the flash file '" + path + "'")
               : file_error(path, "lock", errno);
  }
  const auto found = static_cast<std::uint64_t>(status.st_size);
  if (found > UINT32_MAX || (size != 0 && found != size)) {
    return fail(Errc::Usage,
                "flash file '" + path + "' has " + std::to_string(found) + " bytes" +
                    (size == 0 ? "" : ", not " + std::to_string(size)));
  }
  file->size_ = static_cast<std::uint32_t>(status.st_size);
  return file;
}

FlashFile::~FlashFile() {
  ::close(descriptor_);
}

bool FlashFile::read(std::uint32_t offset, std::span<std::uint8_t> bytes) {
  return transfer_all(pread, descriptor_, bytes, offset);
}

bool FlashFile::write(std::uint32_t offset, std::span<const std::uint8_t> bytes) {
  return transfer_all(pwrite, descriptor_, bytes, offset);
}

}  // namespace otatool::device
