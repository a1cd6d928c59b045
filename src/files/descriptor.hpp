// A file descriptor that closes in the destructor.
#pragma once

#include <unistd.h>
#include <utility>

namespace otatool::files {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) {
      close(number_);
    }
  }

  [[nodiscard]] bool valid() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }
  /// Closes now; false, with errno set, if the system reports lost data.
  [[nodiscard]] bool close_now() { return close(std::exchange(number_, -1)) == 0; }

 private:
  int number_;
};

}  // namespace otatool::files
