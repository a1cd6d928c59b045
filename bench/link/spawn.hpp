// Runs a program, inside a network namespace if one is given.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

#include "link/namespaces.hpp"

namespace otatool::bench {

/// A child process; killed when its owner goes before it has ended.
class Child {
 public:
  Child(pid_t pid, Descriptor output) : pid_(pid), output_(std::move(output)) {}
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();

  /// The next line of its stdout without the line end; empty at the end.
  [[nodiscard]] std::string read_line();
  /// Waits for its end and returns its exit code, 128 + N after signal N.
  [[nodiscard]] int wait();
  /// Its resident memory at its largest, in KiB, once it has ended.
  [[nodiscard]] long peak_kib() const { return peak_kib_; }

 private:
  pid_t pid_;
  Descriptor output_;
  long peak_kib_ = 0;
};

/// Starts `words` in `where` (nullptr: here). Its stdout can be read, its stderr is dropped.
[[nodiscard]] Child spawn(const Namespace* where, const std::vector<std::string>& words);

}  // namespace otatool::bench
