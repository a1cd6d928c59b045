// A file with the batches of events that a database has not taken yet, a line each. They survive
// the end of the process; the loss of power may take the last ones. Zeros before a line are of
// batches that were taken.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "otatool/result.hpp"
#include "otatool/store/shared_store.hpp"

namespace otatool::store {

class Spool {
 public:
  /// Bytes that the file takes on the disk; nothing is added beyond `largest`.
  static constexpr std::uint64_t kLargest = std::uint64_t{64} << 20U;
  /// Where a batch lies in the file.
  struct Place {
    std::uint64_t first = 0;
    std::uint64_t length = 0;
  };

  /// Opens or makes a file that no other process uses: `prefix`-1.spool, `prefix`-2.spool and so
  /// on. StoreFailed.
  [[nodiscard]] static Result<Spool> open(const std::string& prefix,
                                          std::uint64_t largest = kLargest);
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  Spool(Spool&& other) noexcept;
  Spool& operator=(Spool&& other) noexcept;
  ~Spool();

  /// The places of the batches that an earlier process left.
  [[nodiscard]] const std::vector<Place>& left() const { return left_; }
  /// Nothing if the file is full or cannot be written.
  [[nodiscard]] std::optional<Place> append(const EventBatch& batch);
  [[nodiscard]] std::optional<EventBatch> read(Place place) const;
  /// The batch was taken: gives its bytes back to the disk.
  void free(Place place);
  /// Empties the file.
  void clear();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Spool(int file, std::string path, std::uint64_t largest);
  void find_left();

  int file_ = -1;
  std::string path_;
  std::uint64_t largest_ = kLargest;
  std::uint64_t size_ = 0;  ///< of the file
  std::uint64_t used_ = 0;  ///< bytes of it that were not freed
  std::uint64_t free_ = 0;  ///< all before it is free
  std::vector<Place> left_;
};

}  // namespace otatool::store
