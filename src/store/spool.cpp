#include "store/spool.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <span>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

#include "store/event_text.hpp"

namespace otatool::store {
namespace {

/// Servers of one computer with the same prefix.
constexpr int kMostFiles = 64;
constexpr std::size_t kBuffer = std::size_t{64} << 10U;
/// A multiple of the blocks of common file systems.
constexpr std::uint64_t kBlock = std::uint64_t{64} << 10U;

}  // namespace

Result<Spool> Spool::open(const std::string& prefix, std::uint64_t largest) {
  for (int number = 1; number <= kMostFiles; ++number) {
    std::string path = fmt::format("{}-{}.spool", prefix, number);
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) {
      return fail(Errc::StoreFailed, fmt::format("'{}': {}", path, std::strerror(errno)));
    }
    if (flock(file, LOCK_EX | LOCK_NB) == 0) {
      Spool spool(file, std::move(path), largest);
      spool.find_left();
      return spool;
    }
    ::close(file);
  }
  return fail(Errc::StoreFailed, fmt::format("'{}-*.spool' are in use by other servers", prefix));
}

Spool::Spool(int file, std::string path, std::uint64_t largest)
    : file_(file), path_(std::move(path)), largest_(largest) {}

Spool::Spool(Spool&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      path_(std::move(other.path_)),
      largest_(other.largest_),
      size_(other.size_),
      used_(other.used_),
      free_(other.free_),
      left_(std::move(other.left_)) {}

Spool& Spool::operator=(Spool&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(path_, other.path_);
  std::swap(largest_, other.largest_);
  std::swap(size_, other.size_);
  std::swap(used_, other.used_);
  std::swap(free_, other.free_);
  std::swap(left_, other.left_);
  return *this;
}

Spool::~Spool() {
  if (file_ >= 0) {
    ::close(file_);
  }
}

void Spool::find_left() {
  std::array<char, kBuffer> buffer{};
  std::uint64_t at = 0;
  std::uint64_t first = 0;
  while (true) {
    // Past what was freed, which may be long.
    const off_t data = lseek(file_, static_cast<off_t>(at), SEEK_DATA);
    if (data > static_cast<off_t>(at)) {
      first = at = static_cast<std::uint64_t>(data);
    }
    const ssize_t got = pread(file_, buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (got <= 0) {
      break;
    }
    for (const char each : std::span(buffer).first(static_cast<std::size_t>(got))) {
      ++at;
      if (each == '\0') {
        first = at;
      } else if (each == '\n') {
        left_.push_back({.first = first, .length = at - 1 - first});
        used_ += at - first;
        first = size_ = at;
      }
    }
  }
  free_ = left_.empty() ? 0 : left_.front().first;
  // The process ended within the last line.
  if (at > size_ && ftruncate(file_, static_cast<off_t>(size_)) != 0) {
    used_ = largest_;
  }
}

std::optional<Spool::Place> Spool::append(const EventBatch& batch) {
  const std::string line = to_line(batch) + '\n';
  if (used_ + line.size() > largest_) {
    return std::nullopt;
  }
  const ssize_t written = ::write(file_, line.data(), line.size());
  if (written != static_cast<ssize_t>(line.size())) {
    // The disk is full: the next line must not begin within this one.
    if (written > 0 && ftruncate(file_, static_cast<off_t>(size_)) != 0) {
      used_ = largest_;
    }
    return std::nullopt;
  }
  const Place place{.first = size_, .length = line.size() - 1};
  size_ += line.size();
  used_ += line.size();
  return place;
}

std::optional<EventBatch> Spool::read(Place place) const {
  std::string line(place.length, '\0');
  const ssize_t got = pread(file_, line.data(), line.size(), static_cast<off_t>(place.first));
  return got == static_cast<ssize_t>(line.size()) ? parse_line(line) : std::nullopt;
}

void Spool::free(Place place) {
  const std::uint64_t end = place.first + place.length + 1;
  // The disk gives up whole blocks only: the first one may have been free but for this batch.
  const bool next = place.first == free_;
  const std::uint64_t first = next ? place.first - place.first % kBlock : place.first;
  if (fallocate(file_,
                FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                static_cast<off_t>(first),
                static_cast<off_t>(end - first)) != 0) {
    return;
  }
  used_ -= std::min(used_, end - place.first);
  free_ = next ? end : free_;
}

void Spool::clear() {
  if (size_ > 0 && ftruncate(file_, 0) == 0) {
    size_ = 0;
    used_ = 0;
    free_ = 0;
  }
}

}  // namespace otatool::store
